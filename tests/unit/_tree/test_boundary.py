"""The words that set up the wall; what it keeps out is tried in the integration tests."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._tree.boundary import (
    CAPABILITIES,
    _bound,
    _only_processes,
    in_tree,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.packages import ITS_OWN


def test_of_proc_only_processes_can_be_written_to(tmp_path: Path) -> None:
    for name in ("1", "sys", "acpi"):
        (tmp_path / name).mkdir()
    (tmp_path / "self").symlink_to("1")
    for name, mode in (("cpuinfo", 0o444), ("sysrq-trigger", 0o200), ("kcore", 0o400)):
        (tmp_path / name).touch(mode)
    assert list(_only_processes(tmp_path)) == [
        *("--tmpfs", f"{tmp_path}/acpi", "--remount-ro", f"{tmp_path}/acpi"),
        *("--ro-bind", "/dev/null", f"{tmp_path}/kcore"),
        *("--ro-bind", f"{tmp_path}/sys", f"{tmp_path}/sys"),
        *("--ro-bind", f"{tmp_path}/sysrq-trigger", f"{tmp_path}/sysrq-trigger"),
    ]


def test_device_files_open_something_only_for_whoever_makes_them(tmp_path: Path) -> None:
    with in_tree(tmp_path) as (words, _):
        assert words[words.index("--bind") :][:3] == ["--bind", str(tmp_path), "/"]
    for rights, bind in (((), "--bind"), (ITS_OWN, "--dev-bind")):
        words = _bound(tmp_path, {tmp_path / "a": "/b"}, rights)
        assert words == [bind, str(tmp_path), "/tree", "--ro-bind", f"{tmp_path}/a", "/b"]


def test_no_right_leads_to_the_host() -> None:
    """Of capabilities(7), those that a container of anybody's may have."""
    assert not {"SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "MKNOD", "DAC_READ_SEARCH"} & {
        *CAPABILITIES
    }
