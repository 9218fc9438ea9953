"""VHDX, dynamic: what Hyper-V takes.

Format: Microsoft's [MS-VHDX]. qemu-img's differ from run to run, by identifiers of chance and by
where its log puts blocks.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

from ..._common.files import release
from ..._plan.stage import Kind, Work
from ..format import Format, opened_by, source, target
from ..sparse import data_ranges

KIB, MIB = 1 << 10, 1 << 20
BLOCK = MIB  # the smallest that there may be: the file holds little but data
SECTOR = 512
CHUNK = (SECTOR << 23) // BLOCK  # blocks, after which the table has an entry for other disks
HEADERS, REGIONS = (64 * KIB, 128 * KIB), (192 * KIB, 256 * KIB)
LOG, METADATA, TABLE = MIB, 2 * MIB, 3 * MIB  # a MiB each, but the table
ZERO, PRESENT = 2, 6  # states of a block
POLYNOMIAL = 0x82F6_3B78  # of CRC-32C, reflected

TABLE_REGION = UUID("2dc27766-f623-4200-9d64-115e9bfd4a08")
METADATA_REGION = UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e")
PARAMETERS = UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b")
DISK_SIZE = UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8")
DISK_IDENTIFIER = UUID("beca12ab-b2e6-4523-93ef-c309e000c746")
LOGICAL_SECTOR = UUID("8141bf1d-a96f-4709-ba47-f233a8faab5f")
PHYSICAL_SECTOR = UUID("cda348c7-445d-4471-9cc9-e9885251c556")
IS_DISK, REQUIRED = 2, 4  # what an item of metadata is


def make(work: Work) -> None:
    """Write the disk, named by the stage's id."""
    write(source(work), target(work), work.identity)
    release(source(work))


def write(disk: Path, image: Path, identity: str) -> None:
    """Write the new file `image`: the raw `disk`, with identifiers of `identity`, 64 hexadecimal
    digits."""
    size = -(-disk.stat().st_size // SECTOR) * SECTOR
    count = -(-size // BLOCK)
    length = -(-8 * (count + (count - 1) // CHUNK) // MIB) * MIB
    table = [0] * (length // 8)
    for number in range(count):
        table[number + number // CHUNK] = ZERO
    ids = bytes.fromhex(identity)
    with disk.open("rb") as raw, image.open("xb") as file:
        file.write(b"vhdxfile" + "Vessel".encode("utf-16-le"))
        for sequence, place in enumerate(HEADERS, 1):
            _put(file.fileno(), place, _header(sequence, ids))
        for place in REGIONS:
            _put(file.fileno(), place, _regions(length))
        _put(file.fileno(), METADATA, _metadata(size, ids[16:]))
        end = TABLE + length
        for number, data in _blocks(raw.fileno(), size):
            table[number + number // CHUNK] = end | PRESENT
            _put(file.fileno(), end, data)
            end += BLOCK
        _put(file.fileno(), TABLE, struct.pack(f"<{len(table)}Q", *table))


def _blocks(disk: int, size: int) -> Iterator[tuple[int, bytes]]:
    """The blocks that hold something, by number."""
    nothing = bytes(BLOCK)
    for first, last in data_ranges(disk, size, BLOCK):
        for number in range(first, last):
            data = os.pread(disk, BLOCK, number * BLOCK).ljust(BLOCK, b"\0")
            if data != nothing:
                yield number, data


def _put(file: int, place: int, data: bytes) -> None:
    while data:
        written = os.pwrite(file, data, place)
        place, data = place + written, data[written:]


def _header(sequence: int, ids: bytes) -> bytes:
    """4 KiB: the identifiers of what wrote the file and its data last; no log is in use."""
    form = "<4sIQ16s16s16sHHIQ4016x"
    words = sequence, ids[:16], ids[16:], bytes(16), 0, 1, MIB, LOG
    return _summed(lambda checksum: struct.pack(form, b"head", checksum, *words))


def _regions(table_length: int) -> bytes:
    """64 KiB: where the table of blocks and the metadata are."""
    entries = b"".join(
        struct.pack("<16sQII", guid.bytes_le, place, length, 1)
        for guid, place, length in (
            (TABLE_REGION, TABLE, table_length),
            (METADATA_REGION, METADATA, MIB),
        )
    )
    return _summed(
        lambda checksum: (struct.pack("<4sIII", b"regi", checksum, 2, 0) + entries).ljust(
            64 * KIB, b"\0"
        )
    )


def _metadata(size: int, identifier: bytes) -> bytes:
    """The items of the disk, after 64 KiB with a table of them."""
    items = (
        (PARAMETERS, struct.pack("<II", BLOCK, 0), REQUIRED),
        (DISK_SIZE, struct.pack("<Q", size), REQUIRED | IS_DISK),
        (DISK_IDENTIFIER, identifier, REQUIRED | IS_DISK),
        (LOGICAL_SECTOR, struct.pack("<I", SECTOR), REQUIRED | IS_DISK),
        (PHYSICAL_SECTOR, struct.pack("<I", SECTOR), REQUIRED | IS_DISK),
    )
    table, data = struct.pack("<8sHH20x", b"metadata", 0, len(items)), b""
    for guid, item, flags in items:
        place = 64 * KIB + len(data)
        table += struct.pack("<16sIIII", guid.bytes_le, place, len(item), flags, 0)
        data += item
    return table.ljust(64 * KIB, b"\0") + data


def _summed(packed: Callable[[int], bytes]) -> bytes:
    return packed(crc32c(packed(0)))


def crc32c(data: bytes) -> int:
    """The checksum of a header or a table. Format: RFC 3720, B.4."""
    value = 0xFFFF_FFFF
    for byte in data:
        value ^= byte
        for _bit in range(8):
            value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
    return value ^ 0xFFFF_FFFF


KIND = Format(Kind("vhdx", "write a VHDX", make), opened=opened_by("vhdx"))
