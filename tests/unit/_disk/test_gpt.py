"""The partition table is byte for byte what sfdisk writes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._disk import gpt, layout

SFDISK = shutil.which("sfdisk", path="/usr/sbin:/sbin:/usr/bin")
ROOT_TYPE = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"  # of x86-64


def sfdisk_script(disk_uuid: str, partitions: tuple[gpt.Partition, ...]) -> str:
    lines = ["label: gpt", f"label-id: {disk_uuid.upper()}", ""]
    for part in partitions:
        attributes = ', attrs="GUID:59"' if part.flags else ""
        lines.append(
            f"start={part.start // 512}, size={part.size // 512}, type={part.type.upper()},"
            f' uuid={part.uuid.upper()}, name="{part.name}"{attributes}'
        )
    return "\n".join(lines) + "\n"


@pytest.mark.skipif(SFDISK is None, reason="needs sfdisk (package fdisk)")
@pytest.mark.parametrize("mebibytes", [128, 2048, 3 * 1024 * 1024])
def test_table_equals_sfdisk(tmp_path: Path, mebibytes: int) -> None:
    size = mebibytes << 20
    disk_uuid = layout.stable_uuid("id", "disk")
    partitions = layout.partitions("id", size, ROOT_TYPE)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for path in (ours, theirs):
        with path.open("wb") as file:
            file.truncate(size)
    with ours.open("r+b") as file:
        gpt.write_table(file, disk_uuid, size, partitions)
    subprocess.run(
        [str(SFDISK), "--quiet", str(theirs)],
        input=sfdisk_script(disk_uuid, partitions),
        text=True,
        check=True,
        capture_output=True,
    )
    for offset, length in [(0, 1 << 20), (size - (1 << 20), 1 << 20)]:
        with ours.open("rb") as a, theirs.open("rb") as b:
            a.seek(offset)
            b.seek(offset)
            assert a.read(length) == b.read(length)


def test_boot_code_survives(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(b"\xaa" * 440 + bytes((128 << 20) - 440))
    with disk.open("r+b") as file:
        gpt.write_table(
            file,
            layout.stable_uuid("id", "disk"),
            128 << 20,
            layout.partitions("id", 128 << 20, ROOT_TYPE),
        )
    assert disk.read_bytes()[:440] == b"\xaa" * 440
