"""VMDK by the pinned libdeflate: same bytes each time, whole to qemu-img, the disk's content."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

MOST = 200 << 20  # bytes of memory


def test_vmdk_is_byte_stable_and_holds_the_disk(
    disk: Path,
    tools: Tools,
    tmp_path: Path,
    written: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    for processors in (1, 2, 5):
        monkeypatch.setattr(os, "cpu_count", lambda number=processors: number)
        made.append(written("vmdk", disk, tmp_path / f"output {processors}"))
    assert len({image.read_bytes() for image in made}) == 1
    image = made[0]
    described = json.loads(run(tools.argv("qemu-img", "info", "--output=json", image)).stdout)
    assert described["format"] == "vmdk"
    assert described["virtual-size"] == 200 << 20
    assert described["format-specific"]["data"]["create-type"] == "streamOptimized"
    checked = json.loads(run(tools.argv("qemu-img", "check", "--output=json", image)).stdout)
    assert checked["check-errors"] == 0
    run(tools.argv("qemu-img", "compare", image, disk))


def test_a_byte_of_another_disk_is_noticed(
    disk: Path, tools: Tools, tmp_path: Path, written: Callable[..., Path]
) -> None:
    """That the comparison above can fail."""
    image = written("vmdk", disk, tmp_path / "output")
    with disk.open("r+b") as file:
        file.seek(100 << 20)
        file.write(b"x")
    assert run(tools.argv("qemu-img", "compare", image, disk), check=False).status == 1


def test_memory_is_bounded(tools: Tools, tmp_path: Path) -> None:
    """A process of its own writes a disk that is larger than what it may have."""
    disk = tmp_path / "disk.raw"
    with disk.open("wb") as file:
        for _part in range(320):
            file.write(os.urandom(1 << 20))
    code = """if True:
        import sys
        from pathlib import Path
        from ansible_collections.vessel.image.plugins.module_utils._export import vmdk
        from ansible_collections.vessel.image.plugins.module_utils._export.deflate import deflater
        with deflater(Path(sys.argv[1])) as compress:
            vmdk.write(Path(sys.argv[2]), Path(sys.argv[3]), compress=compress,
                       identity="1" * 64, hardware=17, workers=4)
        print(Path("/proc/self/status").read_text())
    """
    words = [sys.executable, "-c", code, tools.library("libdeflate.so.0"), disk, tmp_path / "a"]
    said = run(words, env={"PYTHONPATH": os.pathsep.join(sys.path)}).stdout
    most = next(line.split()[1] for line in said.splitlines() if line.startswith("VmHWM:"))
    assert int(most) << 10 < MOST
