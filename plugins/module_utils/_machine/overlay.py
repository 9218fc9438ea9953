"""Throw-away disks over an exported image, which itself is only ever read."""

from __future__ import annotations

from pathlib import Path

from .._common.errors import VesselError
from .._common.run import run

GIB = 1 << 30


def make_overlay(image: Path, overlay: Path, size_gib: int | None = None) -> Path:
    """Make the qcow2 file `overlay` with `image` (qcow2) behind it; `size_gib` enlarges the disk.

    Raises VES-101 or VES-102 when qemu-img is missing or fails, VES-816 when the disk would be cut.
    """
    if size_gib is not None and size_gib * GIB < (has := virtual_size(image)):
        raise VesselError.of(
            "VES-816",
            f"a disk of {size_gib} GiB is too small: the image's has {-(-has // GIB)} GiB",
            "A disk can only grow.",
        )
    size = [] if size_gib is None else [f"{size_gib}G"]
    run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image.absolute(),
         overlay, *size],
        timeout=60,
        what="making an overlay of the image",
    )  # fmt: skip
    return overlay


def make_disk(path: Path, size_gib: int) -> Path:
    """Make the empty qcow2 file `path`."""
    run(
        ["qemu-img", "create", "-q", "-f", "qcow2", path.absolute(), f"{size_gib}G"],
        timeout=60,
        what="making an empty disk",
    )
    return path


def virtual_size(image: Path) -> int:
    """Bytes of the disk that a qcow2 file holds: a big-endian number at byte 24 of its header."""
    with image.open("rb") as file:
        return int.from_bytes(file.read(32)[24:], "big")
