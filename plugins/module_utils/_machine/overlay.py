"""Throw-away disks over an exported image, which itself is only ever read."""

from __future__ import annotations

import json
from pathlib import Path

from .._common.errors import VesselError
from .._common.run import run
from .._export.exported import BOOTABLE
from .._export.formats import FORMATS

GIB = 1 << 30


def make_overlay(
    image: Path, overlay: Path, size_gib: int | None = None, form: str = BOOTABLE
) -> Path:
    """Make the qcow2 file `overlay` with `image` behind it, which is of the format `form`;
    `size_gib` enlarges the disk.

    Raises VES-101 or VES-102 when qemu-img is missing or fails, VES-816 when the disk would be cut,
    VES-801 for a format that QEMU cannot open.
    """
    opened = FORMATS[form].opened if form in FORMATS else None
    if opened is None:
        able = ", ".join(name for name, each in FORMATS.items() if each.opened)
        raise VesselError.of("VES-801", f"QEMU boots no {form}", f"It boots {able}.")
    behind = opened(image.absolute())
    run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", str(behind["driver"]),
         "-b", f"json:{json.dumps(behind)}", overlay],
        timeout=60,
        what="making an overlay of the image",
    )  # fmt: skip
    if size_gib is None:
        return overlay
    if size_gib * GIB < (has := virtual_size(overlay)):
        raise VesselError.of(
            "VES-816",
            f"a disk of {size_gib} GiB is too small: the image's has {-(-has // GIB)} GiB",
            "A disk can only grow.",
        )
    run(
        ["qemu-img", "resize", "-q", "-f", "qcow2", overlay, f"{size_gib}G"],
        timeout=60,
        what="enlarging a guest's disk",
    )
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
