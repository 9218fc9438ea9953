"""The footer of a VHD, and what a VHDX says of itself."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.formats import vhd, vhdx
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import FILE, INPUT
from unit.stages import work

MIB = 1 << 20


def test_a_vhd_is_the_disk_of_whole_mebibytes_and_a_footer(tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    disk.write_bytes(b"boot" + bytes(3 * MIB) + b"end")
    said = {"of": {INPUT: "disk", FILE: "disk.raw"}, "file": "a.vhd", "epoch": 946_684_800 + 258}
    vhd.make(work(tmp_path / "made", said, {"disk": tmp_path}))
    data = (tmp_path / "made/a.vhd").read_bytes()
    assert len(data) == 4 * MIB + 512
    assert data[: 4 * MIB].rstrip(b"\0") == disk.read_bytes()
    footer = data[4 * MIB :]
    assert footer[:16] == b"conectix\0\0\0\x02\0\x01\0\0"
    assert footer[16:24] == b"\xff" * 8  # a fixed disk has no other header
    assert footer[24:28] == b"\0\0\x01\x02"  # seconds since 2000
    assert struct.unpack_from(">QQ", footer, 40) == (4 * MIB, 4 * MIB)
    assert footer[60:64] == b"\0\0\0\x02"
    assert footer[68:84] == b"\x11" * 16  # of the stage's id
    total = sum(footer) - sum(footer[64:68])
    assert struct.unpack_from(">I", footer, 64) == (~total & 0xFFFF_FFFF,)


@pytest.mark.parametrize(
    ("size", "geometry"),
    [  # as the specification's algorithm has them, worked out by hand
        (4 * MIB, (120, 4, 17)),
        (3 << 30, (6241, 16, 63)),
        (127 << 30, (65278, 16, 255)),
        (4 << 40, (65535, 16, 255)),
    ],
)
def test_the_geometry(size: int, geometry: tuple[int, int, int]) -> None:
    footer = vhd.footer(size, 0, bytes(16))
    assert struct.unpack_from(">HBB", footer, 56) == geometry


def test_the_checksum_of_a_vhdx() -> None:
    assert vhdx.crc32c(b"123456789") == 0xE306_9283  # RFC 3720's polynomial, the usual check


def test_what_a_vhdx_says_of_its_disk(tmp_path: Path) -> None:
    """Read by the specification: two headers, two region tables, metadata, the table of blocks."""
    disk = tmp_path / "disk.raw"
    size = 4100 * MIB + 512  # past the block after which the table has an entry for other disks
    with disk.open("wb") as file:
        for number in (0, 4095, 4096, 4100):
            file.seek(number * MIB)
            file.write(bytes([number % 255 + 1]) * 512)
        file.truncate(size)
    vhdx.write(disk, tmp_path / "a.vhdx", "12" * 16 + "34" * 16)
    with (tmp_path / "a.vhdx").open("rb") as file:
        data = file.read(4 * MIB + 4 * MIB)
    assert data.startswith(b"vhdxfile")
    heads = [data[at : at + 4096] for at in (64 << 10, 128 << 10)]
    regions = [data[at : at + (64 << 10)] for at in (192 << 10, 256 << 10)]
    for part, magic in zip((*heads, *regions), (b"head", b"head", b"regi", b"regi"), strict=True):
        assert part.startswith(magic)
        (told,) = struct.unpack_from("<I", part, 4)
        assert told == vhdx.crc32c(part[:4] + bytes(4) + part[8:])
    assert struct.unpack_from("<Q", heads[1], 8) > struct.unpack_from("<Q", heads[0], 8)
    assert heads[0][16:64] == b"\x12" * 16 + b"\x34" * 16 + bytes(16)
    assert regions[0] == regions[1]
    begin, length = struct.unpack_from("<QI", regions[0], 32)
    table = struct.unpack_from(f"<{length // 8}Q", data, begin)
    present = {index: each >> 20 for index, each in enumerate(table) if each & 7 == 6}
    assert list(present) == [0, 4095, 4097, 4101]  # 4096 is the other entry
    assert table[4096] == 0
    for index, number in zip(present, (0, 4095, 4096, 4100), strict=True):
        at = present[index] * MIB
        with (tmp_path / "a.vhdx").open("rb") as file:
            file.seek(at)
            assert file.read(MIB) == (bytes([number % 255 + 1]) * 512).ljust(MIB, b"\0")
    assert {each & 7 for each in table[:4102]} == {0, 2, 6}
    assert struct.pack("<Q", size) in data[2 * MIB + (64 << 10) : 3 * MIB]
    assert b"\x34" * 16 in data[2 * MIB + (64 << 10) : 3 * MIB]
