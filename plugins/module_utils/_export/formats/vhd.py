"""VHD, fixed: the disk as it is with a footer, as Azure takes it.

Format: Microsoft's Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format".
Azure wants the fixed form, of whole MiB. qemu-img would write the time into the footer.
"""

from __future__ import annotations

import struct
from typing import Any

from ..._common.files import copy, release
from ..._plan.image import Image
from ..._plan.stage import Kind, Work
from ..format import Format, opened_by, source, target

SECTOR, MIB = 512, 1 << 20
FOOTER = struct.Struct(">8sIIQI4sI4sQQHBBII16s428x")
EPOCH = 946_684_800  # 2000-01-01 in seconds since 1970
FIXED = 2
NO_HEADER = (1 << 64) - 1
# Readers take the size from the geometry, which rounds it, unless they know who wrote the footer.
CREATOR = (b"win ", 0x000A_0000, b"Wi2k")


def make(work: Work) -> None:
    """Copy the disk, fill up the last MiB, and write the footer."""
    disk, vhd = source(work), target(work)
    size = -(-disk.stat().st_size // MIB) * MIB
    copy(disk, vhd)
    with vhd.open("r+b") as file:
        file.seek(size)
        file.write(footer(size, work.options["epoch"], bytes.fromhex(work.identity[:32])))
    release(disk)


def footer(size: int, epoch: int, identifier: bytes) -> bytes:
    """The footer of a disk of `size` bytes that was made `epoch` seconds after 1970."""

    def packed(checksum: int) -> bytes:
        return FOOTER.pack(
            *(b"conectix", 2, 0x0001_0000, NO_HEADER, max(epoch - EPOCH, 0), *CREATOR),
            *(size, size, *_geometry(size // SECTOR), FIXED, checksum, identifier),
        )

    return packed(~sum(packed(0)) & 0xFFFF_FFFF)


def _geometry(sectors: int) -> tuple[int, int, int]:
    """Cylinders, heads and sectors of a track, by the specification's appendix."""
    sectors = min(sectors, 65535 * 16 * 255)
    if sectors >= 65535 * 16 * 63:
        return sectors // 255 // 16, 16, 255
    heads = max(-(-(sectors // 17) // 1024), 4)
    if sectors // 17 < heads * 1024 and heads <= 16:
        return sectors // 17 // heads, heads, 17
    track = 31 if sectors // 31 < 16 * 1024 else 63
    return sectors // track // 16, 16, track


def says(image: Image) -> dict[str, Any]:
    """The time that it says it was made at."""
    return {"epoch": image.epoch}


KIND = Format(Kind("vhd", "write a VHD", make), says=says, opened=opened_by("vpc"))
