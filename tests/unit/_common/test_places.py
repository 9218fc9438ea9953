"""The cache is opened for writing, or it is said why not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.places import (
    SCHEMA,
    cache_root,
    open_cache,
)

OPEN = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.places import open_cache
try:
    open_cache()
except VesselError as error:
    print(error)
"""


def test_the_environment_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VESSEL_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == tmp_path / "xdg/vessel"
    monkeypatch.setenv("VESSEL_CACHE", str(tmp_path / "own"))
    assert cache_root() == tmp_path / "own"


def test_it_is_made_and_marked(cache: Path) -> None:
    cache.rmdir()
    for _ in range(2):
        assert open_cache() == cache
        assert (cache / "version").read_text() == f"{SCHEMA}\n"


def test_a_newer_one_is_refused(cache: Path) -> None:
    (cache / "version").write_text(f"{SCHEMA + 1}\n")
    with pytest.raises(VesselError, match=rf"VES-106.*version {SCHEMA + 1}.* knows {SCHEMA}"):
        open_cache()


def test_a_file_in_its_place_is_said(cache: Path) -> None:
    cache.rmdir()
    cache.write_text("")
    with pytest.raises(VesselError, match=r"VES-107: the cache .* cannot be written: File exists"):
        open_cache()


@pytest.mark.parametrize("name", ["a" * 256, "b/" * 2100, "file", "file/c", "dangling", "circle/c"])
def test_a_name_that_can_be_no_directory_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    monkeypatch.setenv("VESSEL_CACHE", str(tmp_path / name))
    cache_root()
    with pytest.raises(VesselError, match="VES-107"):
        open_cache()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a read-only file system needs root")
def test_a_read_only_one_is_said(root: Path, tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o ro tmpfs '{tmp_path}' && exec \"$@\""
    python = [sys.executable, "-c", OPEN, str(root / "collections")]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", *python],
        env={**os.environ, "VESSEL_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"VES-107: the cache {tmp_path} cannot be written: " in done.stdout
