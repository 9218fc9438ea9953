"""VHD, VHDX, Google's archive and the compressed raw disk, each opened by another program."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

Written = Callable[..., Path]
GIB = 1 << 30


@pytest.mark.parametrize("name", ["vhd", "vhdx", "gce", "raw-zst"])
def test_the_same_bytes_with_any_number_of_processors(
    disk: Path, tmp_path: Path, written: Written, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for processors in (1, 2, 5):
        monkeypatch.setattr(os, "cpu_count", lambda number=processors: number)
        made.append(written(name, disk, tmp_path / f"output {processors}").read_bytes())
    assert len(set(made)) == 1


@pytest.mark.parametrize(("name", "format_"), [("vhd", "vpc"), ("vhdx", "vhdx")])
@pytest.mark.parametrize("more", [0, 512])
def test_qemu_finds_the_disk_in_it(
    disk: Path, tools: Tools, tmp_path: Path, written: Written, name: str, format_: str, more: int
) -> None:
    os.truncate(disk, (200 << 20) + more)
    image = written(name, disk, tmp_path / "output")
    options = ["--output=json", "-f", format_]  # the fixed form is not known by its beginning
    described = json.loads(run(tools.argv("qemu-img", "info", *options, image)).stdout)
    whole = (200 + bool(more)) << 20 if name == "vhd" else (200 << 20) + more
    assert described["virtual-size"] == whole
    run(tools.argv("qemu-img", "compare", "-f", format_, "-F", "raw", image, disk))
    if name == "vhdx":
        run(tools.argv("qemu-img", "check", image))
    assert image.stat().st_blocks * 512 < 100 << 20  # of 200: holes are holes


def test_google_finds_the_disk_in_it(disk: Path, tmp_path: Path, written: Written) -> None:
    archive = written("gce", disk, tmp_path / "output")
    assert archive.name.endswith(".tar.gz")
    with gzip.open(archive) as file:
        start = file.read(512)
    assert start[257:265] == b"ustar  \0"  # of GNU's old form
    with tarfile.open(archive) as tar:
        [member] = tar
        assert member.name == "disk.raw"
        assert member.size == GIB
        data = tar.extractfile(member)
        assert data is not None
        size = disk.stat().st_size
        assert data.read(size) == disk.read_bytes()
        nothing = bytes(16 << 20)
        while rest := data.read(len(nothing)):
            assert rest == nothing[: len(rest)]
    assert archive.read_bytes()[4:8] == bytes(4)  # no time


def test_zstd_finds_the_disk_in_it(
    disk: Path, tmp_path: Path, written: Written, tools: Tools
) -> None:
    image = written("raw-zst", disk, tmp_path / "output")
    assert image.name.endswith(".raw.zst")
    out = tmp_path / "out.raw"
    run(tools.argv("zstd", "-d", "--quiet", image, "-o", out))
    assert out.read_bytes() == disk.read_bytes()
