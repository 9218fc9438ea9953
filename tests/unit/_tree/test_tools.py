from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

DYNAMIC = b"\x7fELF" + b"\0" * 60 + b"/lib64/ld-linux-x86-64.so.2\0"
STATIC = b"\x7fELF" + b"\0" * 60


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, data in {
        "usr/lib64/ld-linux-x86-64.so.2": STATIC,
        "usr/lib/x86_64-linux-gnu/libc.so.6": DYNAMIC,
        # as cross compilers bring them
        "usr/lib/ld-linux-aarch64.so.1": STATIC,
        "usr/lib/aarch64-linux-gnu/libc.so.6": DYNAMIC,
        "usr/sbin/mke2fs": DYNAMIC,
        "usr/lib/go-1.24/bin/go": STATIC,
        "usr/lib/grub/i386-pc/boot.img": b"boot",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o644 if name.endswith(".img") else 0o755)
    return tmp_path


@pytest.mark.parametrize("program", ["mke2fs", "usr/sbin/mke2fs"])
def test_a_dynamic_program_runs_through_the_loader_of_the_tree(tree: Path, program: str) -> None:
    assert Tools(tree).argv(program, "-d", Path("/x")) == [
        f"{tree}/usr/lib64/ld-linux-x86-64.so.2",
        "--library-path",
        f"{tree}/usr/lib/x86_64-linux-gnu:{tree}/usr/lib",
        f"{tree}/usr/sbin/mke2fs",
        "-d",
        "/x",
    ]


def test_a_static_program_runs_by_itself(tree: Path) -> None:
    assert Tools(tree).argv("go", "version") == [f"{tree}/usr/lib/go-1.24/bin/go", "version"]


def test_files(tree: Path) -> None:
    assert Tools(tree).file("usr/lib/grub/i386-pc/boot.img").read_bytes() == b"boot"


@pytest.mark.parametrize("program", ["mkfs.xfs", "usr/lib/grub/i386-pc/boot.img"])
def test_what_is_not_a_program(tree: Path, program: str) -> None:
    with pytest.raises(VesselError, match=f"VES-512.*{program}"):
        Tools(tree).argv(program)


def test_what_is_not_a_tools_tree(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match="VES-511"):
        Tools(tmp_path)
    with pytest.raises(VesselError, match="VES-511"):
        Tools(tmp_path / "missing")
