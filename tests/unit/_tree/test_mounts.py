from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._tree import mounts


@pytest.mark.parametrize(
    "environment", [{}, {mounts.OUTSIDE: ""}, {mounts.OUTSIDE: mounts.mount_namespace()}]
)
def test_the_host_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(VesselError, match="VES-920"):
        mounts.require_sandbox(environment)


def test_a_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "interfaces_up", lambda: ["eth7"])
    with pytest.raises(VesselError, match=r"VES-921.*eth7"):
        mounts.require_sandbox({mounts.OUTSIDE: "mnt:[1]"})


@pytest.mark.parametrize("broken", ["bin/sh", "proc", "tmp", "/run", "/tmp"])
def test_what_is_no_tree_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(mounts, "require_sandbox", lambda: None)
    monkeypatch.setattr(mounts, "run", lambda *_, **__: pytest.fail("mounted something"))
    for name in ("bin", "proc", "sys", "dev", "run", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin/sh").symlink_to("/dangling/outside")
    if broken.startswith("/"):  # a link that leads the mount to the host's own directory
        (tmp_path / "run").rmdir()  # in the tree, /run is nothing then, and /tmp a directory
        (tmp_path / "run").symlink_to(broken)
    elif broken == "bin/sh":
        (tmp_path / broken).unlink()
    else:
        (tmp_path / broken).rmdir()
    with pytest.raises(VesselError, match="VES-922"):
        mounts.mount(tmp_path)


def test_only_mounts_below_the_tree_count(tmp_path: Path) -> None:
    assert mounts.mounted_below(tmp_path) == set()
    assert Path("/proc") in mounts.mounted_below(Path("/"))
