"""A compressed qcow2 file with its clusters in the order of the disk.

`qemu-img convert -W` compresses on all processors and writes each cluster as soon as it is ready,
so the same disk gives another file each time. Each cluster's bytes are always the same; laid down
in order, so is the file.

Format: qcow2 version 3, https://www.qemu.org/docs/master/interop/qcow2.html. The file is laid out
as header, L1 table, L2 tables, data, refcount table, refcount blocks.
"""

from __future__ import annotations

import os
import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .._common.errors import VesselError
from .zstd import frame_size

CLUSTER_BITS = 16
CLUSTER = 1 << CLUSTER_BITS
COPIED, COMPRESSED = 1 << 63, 1 << 62
OFFSET = 0x00FF_FFFF_FFFF_FE00  # of L1 entries and standard clusters
# A compressed cluster's descriptor: its offset in the lower bits, 512-byte sectors above.
SECTORS_SHIFT = 62 - (CLUSTER_BITS - 8)
SECTOR_BITS = 9
REFCOUNTS = CLUSTER // 2  # of 16 bits, in a refcount block
ENTRIES = CLUSTER // 8  # of 64 bits, in an L1, L2 or refcount table's cluster
HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQIIB")


@dataclass(frozen=True, slots=True)
class _Header:
    """What the copy needs of a header: `tables` is the number of L1 entries."""

    start: bytes
    tables: int
    l1: int


def put_in_order(source: Path, destination: Path) -> None:
    """Write the new file `destination`: the disk of `source`, its clusters in order.

    `source` must be as `qemu-img convert -c -o compression_type=zstd` makes it: no snapshot, no
    backing file, clusters of 64 KiB. Raises VES-702 for any other.
    """
    with source.open("rb") as old, destination.open("xb") as new:
        header = _read_header(old)
        _Writer(old, new, header).write()


def _read_header(file: BinaryIO) -> _Header:
    start = file.read(CLUSTER)
    fields = HEADER.unpack_from(start)
    magic, version, backing, _length, bits, _size, crypt, tables, l1 = fields[:9]
    snapshots, incompatible, order, compression = fields[11], fields[13], fields[16], fields[18]
    shape = (magic, version, backing, bits, crypt, snapshots, incompatible, order, compression)
    if shape != (b"QFI\xfb", 3, 0, CLUSTER_BITS, 0, 0, 1 << 3, 4, 1) or tables > ENTRIES:
        raise _strange(file, "its header")
    return _Header(start, tables, l1)


class _Writer:
    """One copy."""

    def __init__(self, old: BinaryIO, new: BinaryIO, header: _Header) -> None:
        self._old, self._new, self._header = old, new, header
        self._refcounts = array("H")
        self._position = 0  # where the next data goes

    def write(self) -> None:
        """All of the file."""
        olds = _table(self._old, self._header.l1, self._header.tables)
        present = [number for number, entry in enumerate(olds) if entry & OFFSET]
        self._position = CLUSTER * (2 + len(present))
        self._count(0, self._position)
        self._new.seek(self._position)
        l1 = array("Q", bytes(8 * self._header.tables))
        tables = []
        for place, number in enumerate(present):
            l1[number] = CLUSTER * (2 + place) | COPIED
            tables.append(self._data(_table(self._old, olds[number] & OFFSET, ENTRIES)))
        start = bytearray(self._header.start)
        # Where the L1 table and the refcount table begin, and the latter's length in clusters.
        struct.pack_into(">QQI", start, 40, CLUSTER, self._finish(), 1)
        self._new.seek(0)
        for cluster in (bytes(start), _big_endian(l1), *map(_big_endian, tables)):
            self._new.write(cluster.ljust(CLUSTER, b"\0"))

    def _data(self, table: array[int]) -> array[int]:
        """Copy the clusters of one L2 table; returns the table for the new file."""
        made = array("Q", bytes(CLUSTER))
        for index, entry in enumerate(table):
            if entry & COMPRESSED:
                made[index] = self._compressed(entry ^ COMPRESSED)
            elif entry & OFFSET:
                made[index] = self._standard(entry)
            else:
                made[index] = entry  # nothing there, or zeros
        return made

    def _compressed(self, descriptor: int) -> int:
        offset = descriptor & ((1 << SECTORS_SHIFT) - 1)
        sectors = (descriptor >> SECTORS_SHIFT) + 1
        most = (sectors << SECTOR_BITS) - (offset & ((1 << SECTOR_BITS) - 1))
        data = os.pread(self._old.fileno(), most, offset)
        size = frame_size(data)
        if size is None:
            raise _strange(self._old, f"the cluster at {offset}")
        begin, end = self._append(data[:size])
        more = ((end - 1) >> SECTOR_BITS) - (begin >> SECTOR_BITS)
        return COMPRESSED | more << SECTORS_SHIFT | begin

    def _standard(self, entry: int) -> int:
        self._align()
        begin, _end = self._append(os.pread(self._old.fileno(), CLUSTER, entry & OFFSET))
        return (entry & ~OFFSET) | begin

    def _append(self, data: bytes) -> tuple[int, int]:
        begin = self._position
        self._new.write(data)
        self._position += len(data)
        self._count(begin, self._position)
        return begin, self._position

    def _align(self) -> None:
        missing = -self._position % CLUSTER
        self._new.write(bytes(missing))
        self._position += missing

    def _count(self, begin: int, end: int) -> None:
        """One user more for each cluster from offset `begin` up to `end`."""
        first, last = begin >> CLUSTER_BITS, (end - 1) >> CLUSTER_BITS
        self._refcounts.extend(0 for _ in range(last + 1 - len(self._refcounts)))
        for cluster in range(first, last + 1):
            self._refcounts[cluster] += 1

    def _finish(self) -> int:
        """Write the refcounts; returns where their table, one cluster, begins."""
        self._align()
        begin, blocks = self._position, 1
        while REFCOUNTS * blocks < (begin >> CLUSTER_BITS) + 1 + blocks:
            blocks += 1
        if blocks > ENTRIES:
            raise _strange(self._old, "its length")
        self._count(begin, begin + CLUSTER * (1 + blocks))
        table = array("Q", (begin + CLUSTER * (1 + number) for number in range(blocks)))
        self._new.write(_big_endian(table).ljust(CLUSTER, b"\0"))
        self._new.write(_big_endian(self._refcounts).ljust(CLUSTER * blocks, b"\0"))
        return begin


def _table(file: BinaryIO, offset: int, count: int) -> array[int]:
    table = array("Q", os.pread(file.fileno(), 8 * count, offset))
    if len(table) != count:
        raise _strange(file, f"the table at {offset}")
    return _swapped(table)


def _big_endian(table: array[int]) -> bytes:
    return _swapped(table[:]).tobytes()


def _swapped(table: array[int]) -> array[int]:
    if sys.byteorder == "little":
        table.byteswap()
    return table


def _strange(file: BinaryIO, what: str) -> VesselError:
    return VesselError.of(
        "VES-702",
        f"{file.name} is not a qcow2 file as qemu-img writes it: {what} is strange",
        "Report it with the lock's version of qemu-utils; `outputs: [raw]` works meanwhile.",
    )
