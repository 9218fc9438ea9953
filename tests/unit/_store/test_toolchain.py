"""The locked toolchain is unpacked, and nothing else is ever unpacked in its place."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from zipfile import ZipFile

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock.modulezip import checksum
from ansible_collections.vessel.image.plugins.module_utils._store import toolchain

PREFIX = "golang.org/toolchain@v0.0.1-go9.9.9.linux-amd64/"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "toolchain.zip"
    with ZipFile(path, "w") as file:
        for name in ("bin/go", "pkg/tool/linux_amd64/link", "VERSION"):
            file.writestr(PREFIX + name, name)
    return path


@pytest.fixture
def bootstrap(tmp_path: Path, archive: Path) -> list[str]:
    """A Go that "downloads" the archive, behind a prefix as the tools tree gives it."""
    (tmp_path / "info").write_text("{}")
    answer = {"Version": "v0.0.1", "Sum": "h1:x", "Info": str(tmp_path / "info")}
    text = shlex.quote(json.dumps({**answer, "Zip": str(archive), "Dir": str(tmp_path)}))
    program = tmp_path / "bootstrap/bin/go"
    program.parent.mkdir(parents=True)
    program.write_text(f'echo "$*" >> {tmp_path}/calls; echo {text}\n')
    return ["/bin/sh", str(program)]


def test_it_is_unpacked_with_its_programs(
    tmp_path: Path, archive: Path, bootstrap: list[str]
) -> None:
    locked, root = {"version": "go9.9.9", "sum": checksum(archive)}, tmp_path / "goroot"
    root.mkdir()
    toolchain.unpack_toolchain(locked, bootstrap, tmp_path / "cache", root)
    assert (root / "bin/go").stat().st_mode & 0o111
    assert (root / "pkg/tool/linux_amd64/link").stat().st_mode & 0o111
    assert not (root / "VERSION").stat().st_mode & 0o111
    assert len([path for path in root.rglob("*") if path.is_file()]) == 3
    expected = "mod download -json golang.org/toolchain@v0.0.1-go9.9.9.linux-amd64\n"
    assert (tmp_path / "calls").read_text() == expected


def test_another_archive_is_refused(tmp_path: Path, bootstrap: list[str]) -> None:
    locked, root = {"version": "go9.9.9", "sum": "h1:no"}, tmp_path / "goroot"
    root.mkdir()
    with pytest.raises(VesselError, match="VES-324"):
        toolchain.unpack_toolchain(locked, bootstrap, tmp_path / "cache", root)
    assert list(root.iterdir()) == []
