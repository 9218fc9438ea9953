"""The EFI system partition: a FAT32 file system written straight into the disk file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .._common.run import run
from .._tree.tools import Tools
from .gpt import SECTOR, Partition


def make_esp(  # noqa: PLR0913 - each is a distinct property of one file system
    tools: Tools,
    disk: Path,
    place: Partition,
    volume_id: str,
    files: Mapping[str, bytes],
    epoch: int,
    scratch: Path,
) -> None:
    """Make the file system at `place` of `disk` and put `files` (path in it: bytes) there.

    `volume_id` is eight hexadecimal digits; `scratch` an empty directory.
    """
    environment = {"SOURCE_DATE_EPOCH": str(epoch)}
    start = place.start // SECTOR
    options = ["--invariant", "-F", "32", "-S", str(SECTOR), "-s", "1", "-n", "ESP"]
    where = ["-i", volume_id, "-h", str(start), f"--offset={start}"]
    run(
        tools.argv("mkfs.fat", *options, *where, disk, str(place.size // 1024)),
        env=environment,
        what="making the EFI system partition",
    )
    for name, data in files.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for path in scratch.rglob("*"):
        os.utime(path, (epoch, epoch))  # mcopy -m keeps these
    tops = sorted(scratch.iterdir())
    run(
        tools.argv(
            "mtools", "-c", "mcopy", "-s", "-m", "-i", f"{disk}@@{place.start}", *tops, "::"
        ),
        # Without the check for a whole number of tracks, which a partition need not have.
        env={**environment, "MTOOLS_SKIP_CHECK": "1"},
        what="filling the EFI system partition",
    )
