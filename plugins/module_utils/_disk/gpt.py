"""A GUID partition table, written as sfdisk writes it.

Format: UEFI specification 2.10, chapter 5. Own code because no tool is needed for 34 sectors, and
none then has to be pinned; a test compares the result with sfdisk's byte by byte.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

SECTOR = 512
ALIGNMENT = 1 << 20
ENTRIES = 128
ENTRY_SIZE = 128
TABLE_SECTORS = ENTRIES * ENTRY_SIZE // SECTOR
FIRST_USABLE = ALIGNMENT // SECTOR
TAIL = (TABLE_SECTORS + 1) * SECTOR  # the backup table and header at the end of a disk, bytes
BOOT_CODE = 440  # bytes of the first sector that belong to a boot loader

BIOS_BOOT = "21686148-6449-6e6f-744e-656564454649"
EFI_SYSTEM = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
GROW_FILE_SYSTEM = 1 << 59  # Discoverable Partitions Specification


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition; `start` and `size` in bytes, `type` and `uuid` in lower case."""

    name: str
    type: str
    uuid: str
    start: int
    size: int
    flags: int = 0


def write_table(
    disk: IO[bytes], disk_uuid: str, size: int, partitions: Sequence[Partition]
) -> None:
    """Write protective MBR, both headers and both tables to a disk of `size` bytes.

    The first 440 bytes, a boot loader's, stay as they are.
    """
    last = size // SECTOR - 1
    table = b"".join(_entry(partition) for partition in partitions)
    table = table.ljust(ENTRIES * ENTRY_SIZE, b"\0")
    _put(disk, BOOT_CODE, _protective_mbr(last))
    _put(disk, SECTOR, _header(disk_uuid, table, here=1, other=last, table_at=2))
    _put(disk, 2 * SECTOR, table)
    backup = last - TABLE_SECTORS
    _put(disk, backup * SECTOR, table)
    _put(disk, last * SECTOR, _header(disk_uuid, table, here=last, other=1, table_at=backup))


def _put(disk: IO[bytes], offset: int, data: bytes) -> None:
    disk.seek(offset)
    disk.write(data)


def _protective_mbr(last: int) -> bytes:
    whole_disk = struct.pack(
        "<B3sB3sII", 0, b"\x00\x02\x00", 0xEE, b"\xff\xff\xff", 1, min(last, 0xFFFFFFFF)
    )
    return bytes(6) + whole_disk + bytes(48) + b"\x55\xaa"


def _entry(partition: Partition) -> bytes:
    return struct.pack(
        "<16s16sQQQ72s",
        uuid.UUID(partition.type).bytes_le,
        uuid.UUID(partition.uuid).bytes_le,
        partition.start // SECTOR,
        (partition.start + partition.size) // SECTOR - 1,
        partition.flags,
        partition.name.encode("utf-16-le"),
    )


def _header(disk_uuid: str, table: bytes, *, here: int, other: int, table_at: int) -> bytes:
    last_usable = max(here, other) - TABLE_SECTORS - 1

    def packed(checksum: int) -> bytes:
        return struct.pack(
            "<8sIIIIQQQQ16sQIII",
            b"EFI PART",
            0x00010000,
            92,
            checksum,
            0,
            here,
            other,
            FIRST_USABLE,
            last_usable,
            uuid.UUID(disk_uuid).bytes_le,
            table_at,
            ENTRIES,
            ENTRY_SIZE,
            zlib.crc32(table),
        )

    return packed(zlib.crc32(packed(0))).ljust(SECTOR, b"\0")
