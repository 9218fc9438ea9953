"""A VMDK of ours, read again here as the stream that it is, by its markers alone."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export import vmdk
from ansible_collections.vessel.image.plugins.module_utils._export.deflate import deflater
from ansible_collections.vessel.image.plugins.module_utils._export.sparse import data_ranges

GRAIN = 1 << 16
IDENTITY = "ffffffff" + "0123456789abcdef" * 3 + "01234567"


def write(disk: Path, target: Path, workers: int = 2) -> Path:
    vmdk.write(
        disk, target, compress=zlib.compress, identity=IDENTITY, hardware=21, workers=workers
    )
    return target


def disk_of(path: Path, size: int, pieces: dict[int, bytes]) -> Path:
    with path.open("wb") as file:
        for offset, data in pieces.items():
            file.seek(offset)
            file.write(data)
        file.truncate(size)
    return path


def parts(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """What follows the header: kind (-1 for a grain), its number (a grain's first sector), data."""
    at = 128 * 512
    while at < len(data):
        number, size, kind = struct.unpack_from("<QII", data, at)
        if size:
            yield -1, number, data[at + 12 : at + 12 + size]
            at += -(-(12 + size) // 512) * 512
        else:
            yield kind, at // 512 + 1, data[at + 512 : at + 512 + number * 512]
            at += 512 + number * 512


def disk_in(data: bytes) -> bytes:
    """The disk, from grains alone; every table must name the grains since the table before."""
    capacity = struct.unpack_from("<Q", data, 12)[0] * 512
    disk, seen, tables, directory, kinds = bytearray(capacity), {}, [], (), []
    at = 128
    for kind, number, part in parts(data):
        if kind == -1:
            grain = zlib.decompress(part)
            assert len(grain) == GRAIN
            begin = number * 512
            disk[begin : begin + GRAIN] = grain[: capacity - begin]
            seen[number // 128] = at
            at += -(-(12 + len(part)) // 512)
            continue
        kinds.append(kind)
        at = number + len(part) // 512
        if kind == 1:
            entries = struct.unpack("<512I", part)
            of = min(seen) // 512
            wanted = [seen.pop(of * 512 + index, 0) for index in range(512)]
            assert list(entries) == wanted
            assert not seen
            tables.append((of, number))
        elif kind == 2:
            directory = struct.unpack(f"<{len(part) // 4}I", part)
            place = number
        elif kind == 3:
            assert part[:56] == data[:56]  # up to where the directory is
            assert struct.unpack_from("<Q", part, 56)[0] == place
            assert struct.unpack_from("<Q", data, 56)[0] == (1 << 64) - 1
            assert part[64:] == data[64:512]
    assert kinds == [*[1] * len(tables), 2, 3, 0]
    assert {index: each for index, each in enumerate(directory) if each} == dict(tables)
    return bytes(disk)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Three tables, of which the second is empty; a piece across two grains; a short last grain."""
    noise = random.Random(1).randbytes
    pieces = {
        0: b"boot",
        5 * GRAIN - 100: noise(3 * GRAIN),
        20 * GRAIN: bytes(GRAIN),  # written, and nothing
        1100 * GRAIN: noise(70 * GRAIN),
        1200 * GRAIN: b"a" * 512,
    }
    return disk_of(tmp_path / "disk.raw", 1200 * GRAIN + 512, pieces)


def test_it_holds_the_disk(disk: Path, tmp_path: Path) -> None:
    data = write(disk, tmp_path / "a.vmdk").read_bytes()
    assert disk_in(data) == disk.read_bytes()
    assert struct.unpack_from("<4sIIQQQQIQ", data) == (
        *(b"KDMV", 3, 0x30001, 1200 * 128 + 1, 128, 1, 20, 512),
        0,
    )
    assert len(data) < 76 * GRAIN  # holes are not in it, nor is what was written as nothing


def test_the_same_bytes_whoever_works(disk: Path, tmp_path: Path) -> None:
    made = []
    for workers in (1, 2, 7):
        place = tmp_path / str(workers)
        place.mkdir()
        made.append(write(disk, place / "a.vmdk", workers).read_bytes())
    assert made[0] == made[1] == made[2]


def test_its_descriptor(disk: Path, tmp_path: Path) -> None:
    data = write(disk, tmp_path / "a.vmdk").read_bytes()
    text = data[512 : 21 * 512].rstrip(b"\0").decode()
    assert set(text.splitlines()) >= {
        "# Disk DescriptorFile",
        "CID=fffffffd",  # the two larger ones mean none
        'createType="streamOptimized"',
        f'RW {1200 * 128 + 1} SPARSE "a.vmdk"',
        'ddb.virtualHWVersion = "21"',
    }
    assert data[21 * 512 : 128 * 512] == bytes(107 * 512)


def test_what_an_ovf_says_of_it(disk: Path, tmp_path: Path) -> None:
    extent = vmdk.read(write(disk, tmp_path / "a.vmdk"))
    assert extent == vmdk.Extent(1200 * GRAIN + 512, (1 + 4 + 70 + 1) * GRAIN)


def test_an_empty_disk(tmp_path: Path) -> None:
    disk = disk_of(tmp_path / "disk.raw", 1 << 20, {})
    made = write(disk, tmp_path / "a.vmdk")
    assert disk_in(made.read_bytes()) == bytes(1 << 20)
    assert vmdk.read(made) == vmdk.Extent(1 << 20, 0)


@pytest.mark.parametrize("at", [-2 * 512, -2 * 512 + 4, -2 * 512 + 20])
def test_another_vmdk_is_refused(disk: Path, tmp_path: Path, at: int) -> None:
    made = write(disk, tmp_path / "a.vmdk")
    data = bytearray(made.read_bytes())
    data[at] ^= 1
    made.write_bytes(data)
    with pytest.raises(VesselError, match=r"VES-704: .*a\.vmdk is not a streamOptimized VMDK"):
        vmdk.read(made)


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "libdeflate.so.0").write_bytes(b"no library")
    with (
        pytest.raises(VesselError, match=r"VES-703: .*cannot load the pinned libdeflate"),
        deflater(tmp_path / "libdeflate.so.0"),
    ):
        pass


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ({}, []),
        ({0: b"a"}, [(0, 1)]),
        ({3 * GRAIN - 1: b"ab"}, [(2, 4)]),
        ({0: b"a", 4096: b"b", GRAIN - 4096: b"c", GRAIN: b"d"}, [(0, 2)]),
        ({0: b"a", 9 * GRAIN: b"b"}, [(0, 1), (9, 10)]),
    ],
)
def test_where_data_may_be(
    tmp_path: Path, pieces: dict[int, bytes], found: list[tuple[int, int]]
) -> None:
    size = 9 * GRAIN + 4096
    disk = disk_of(tmp_path / "disk.raw", size, pieces)
    with disk.open("rb") as file:
        told = list(data_ranges(file.fileno(), size, GRAIN))
    blocks = [number for begin, end in told for number in range(begin, end)]
    assert blocks == [number for begin, end in found for number in range(begin, end)]
