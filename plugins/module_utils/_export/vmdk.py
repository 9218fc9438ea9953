"""Writing a streamOptimized VMDK, and reading what an OVF says of one.

Such a file is one stream: header, descriptor, compressed grains with their addresses, each grain
table after its grains, the grain directory, and a footer, the header that knows where that is.
Format: VMware's Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents".
"""

from __future__ import annotations

import os
import struct
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .._common.errors import VesselError
from .deflate import Compress
from .sparse import data_ranges

SECTOR = 512
GRAIN = 128 * SECTOR
ENTRIES = 512  # grains in a grain table
BATCH = 16  # grains of a piece of work; a table's are a multiple of it
OVERHEAD, DESCRIPTOR = 128, 20  # sectors before the first grain; of those, for the descriptor

MAGIC, VERSION = b"KDMV", 3
FLAGS = 1 | 1 << 16 | 1 << 17  # line ends can be tested; grains are compressed; markers
NOT_YET = (1 << 64) - 1  # where the directory is: see the footer
HEADER = struct.Struct("<4sIIQQQQIQQQB4sH433x")
MARKER = struct.Struct("<QI")  # before a grain: its first sector, and bytes
METADATA = struct.Struct("<QII496x")  # before a table or footer: its sectors, 0, and which
END, GRAIN_TABLE, GRAIN_DIRECTORY, FOOTER = range(4)
NOTHING = bytes(GRAIN)


@dataclass(frozen=True, slots=True)
class Extent:
    """What a VMDK says of its disk, in bytes: its size, and how much of it is not zero, in whole
    grains."""

    capacity: int
    populated: int


def write(  # noqa: PLR0913 - each is a distinct property of one file
    disk: Path, target: Path, *, compress: Compress, identity: str, hardware: int, workers: int = 0
) -> None:
    """Write the new file `target`: the raw `disk`, by default with all processors.

    `identity`, 64 hexadecimal digits, becomes its content ID; `hardware` is the version of the
    virtual hardware. However many `workers`, the bytes are the same.
    """
    size = disk.stat().st_size
    workers = workers or os.cpu_count() or 1
    text = _descriptor(target.name, size, identity, hardware)
    with disk.open("rb") as raw, target.open("xb") as file:
        writer = _Writer(file, size, text)
        for grains in _packed(raw.fileno(), size, compress, workers):
            writer.add(grains)
        writer.end()


def read(path: Path) -> Extent:
    """What the VMDK at `path` says. Raises VES-704 for any that `write` has not written."""
    with path.open("rb") as file:
        file.seek(-2 * SECTOR, os.SEEK_END)
        footer = HEADER.unpack(file.read(SECTOR))
        sectors, grain, directory = footer[3], footer[4], footer[9]
        if footer[:3] != (MAGIC, VERSION, FLAGS) or grain * SECTOR != GRAIN:
            raise VesselError.of(
                "VES-704",
                f"{path} is not a streamOptimized VMDK as Vessel writes it",
                "Build it again, and let nothing else write into the cache.",
            )
        tables = -(-sectors // (grain * ENTRIES))
        places = _read_table(file, directory, tables)
        grains = sum(sum(map(bool, _read_table(file, place, ENTRIES))) for place in places if place)
    return Extent(sectors * SECTOR, grains * GRAIN)


def _descriptor(name: str, size: int, identity: str, hardware: int) -> bytes:
    # The two largest content IDs mean none.
    content = f"{min(int(identity[:8], 16), 0xFFFF_FFFD):08x}"
    sectors = -(-size // SECTOR)
    lines = (
        "# Disk DescriptorFile",
        "version=1",
        f"CID={content}",
        "parentCID=ffffffff",
        'createType="streamOptimized"',
        "",
        "# Extent description",
        f'RW {sectors} SPARSE "{name}"',
        "",
        "# The Disk Data Base",
        "#DDB",
        "",
        'ddb.adapterType = "lsilogic"',
        f'ddb.geometry.cylinders = "{min(sectors // (255 * 63), 65535)}"',
        'ddb.geometry.heads = "255"',
        'ddb.geometry.sectors = "63"',
        f'ddb.longContentID = "{identity[8:32]}{content}"',
        f'ddb.virtualHWVersion = "{hardware}"',
        "",
    )
    return "\n".join(lines).encode()


def _packed(
    disk: int, size: int, compress: Compress, workers: int
) -> Iterator[list[tuple[int, bytes]]]:
    """The grains that hold something, by number, compressed, in their order and in small lists."""

    def pack(first: int, last: int) -> list[tuple[int, bytes]]:
        data = os.pread(disk, (last - first) * GRAIN, first * GRAIN)
        pieces = (
            (number, data[at : at + GRAIN])
            for number, at in zip(range(first, last), range(0, len(data), GRAIN), strict=False)
        )
        return [
            (number, compress(piece.ljust(GRAIN, b"\0")))
            for number, piece in pieces
            if piece != NOTHING[: len(piece)]
        ]

    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[list[tuple[int, bytes]]]] = deque()
        for first, last in _batches(disk, size):
            waiting.append(pool.submit(pack, first, last))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batches(disk: int, size: int) -> Iterator[tuple[int, int]]:
    for first, last in data_ranges(disk, size, GRAIN):
        begin = first
        while begin < last:
            end = min(last, (begin // BATCH + 1) * BATCH)
            yield begin, end
            begin = end


class _Writer:
    """One file; `_sector` is where the next thing goes."""

    def __init__(self, file: BinaryIO, size: int, descriptor: bytes) -> None:
        self._file, self._sectors = file, -(-size // SECTOR)
        self._sector = 0
        self._directory = [0] * -(-size // (GRAIN * ENTRIES))
        self._table = [0] * ENTRIES
        self._number = 0  # the table's, in the directory
        self._put(self._header(NOT_YET) + descriptor.ljust((OVERHEAD - 1) * SECTOR, b"\0"))

    def add(self, grains: list[tuple[int, bytes]]) -> None:
        """Write grains, whose numbers are larger than any before."""
        for number, data in grains:
            if number // ENTRIES != self._number:
                self._end_table()
                self._number = number // ENTRIES
            self._table[number % ENTRIES] = self._sector
            self._put(MARKER.pack(number * (GRAIN // SECTOR), len(data)) + data)

    def end(self) -> None:
        """Write what comes after the grains."""
        self._end_table()
        directory = self._metadata(GRAIN_DIRECTORY, _packed_table(self._directory))
        self._metadata(FOOTER, self._header(directory))
        self._put(METADATA.pack(0, 0, END))

    def _end_table(self) -> None:
        if any(self._table):
            place = self._metadata(GRAIN_TABLE, _packed_table(self._table))
            self._directory[self._number] = place
            self._table = [0] * ENTRIES

    def _metadata(self, kind: int, data: bytes) -> int:
        """Write a marker and `data`; returns the sector where that begins."""
        self._put(METADATA.pack(-(-len(data) // SECTOR), 0, kind))
        place = self._sector
        self._put(data)
        return place

    def _put(self, data: bytes) -> None:
        padded = data.ljust(-(-len(data) // SECTOR) * SECTOR, b"\0")
        self._file.write(padded)
        self._sector += len(padded) // SECTOR

    def _header(self, directory: int) -> bytes:
        return HEADER.pack(
            *(MAGIC, VERSION, FLAGS, self._sectors, GRAIN // SECTOR, 1, DESCRIPTOR, ENTRIES),
            *(0, directory, OVERHEAD, 0, b"\n \r\n", 1),
        )


def _read_table(file: BinaryIO, sector: int, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}I", os.pread(file.fileno(), 4 * count, sector * SECTOR))


def _packed_table(table: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(table)}I", *table)
