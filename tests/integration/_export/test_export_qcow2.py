"""qcow2 by the pinned qemu-img: same bytes each time, the disk's content, compressed with zstd."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._export.order import put_in_order
from ansible_collections.vessel.image.plugins.module_utils._export.zstd import MAGIC
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

COMPRESSED = ("-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd")


def test_raw_is_the_disk(
    disk: Path, tools: Tools, tmp_path: Path, written: Callable[..., Path]
) -> None:
    image = written("raw", disk, tmp_path / "output")
    run(tools.argv("qemu-img", "compare", image, disk))
    assert image.stat().st_blocks * 512 < 100 << 20  # of 200: holes are holes


def test_qcow2_is_byte_stable_and_holds_the_disk(
    disk: Path, tools: Tools, tmp_path: Path, written: Callable[..., Path]
) -> None:
    made = [written("qcow2", disk, tmp_path / f"output {number}") for number in range(3)]
    assert len({image.read_bytes() for image in made}) == 1
    image = made[0]
    run(tools.argv("qemu-img", "compare", image, disk))
    described = json.loads(run(tools.argv("qemu-img", "info", "--output=json", image)).stdout)
    assert described["format"] == "qcow2"
    assert described["format-specific"]["data"]["compression-type"] == "zstd"
    assert described["virtual-size"] == 200 << 20
    checked = json.loads(run(tools.argv("qemu-img", "check", "--output=json", image)).stdout)
    assert checked["check-errors"] == 0
    assert "leaks" not in checked
    assert "corruptions" not in checked


def test_any_order_becomes_the_order_of_the_disk(disk: Path, tools: Tools, tmp_path: Path) -> None:
    """qemu-img's own order, and those of two moments."""
    made = []
    for number, options in enumerate([(), ("-W", "-m", "16"), ("-W", "-m", "3")]):
        source, ordered = tmp_path / f"{number}.source", tmp_path / f"{number}.qcow2"
        run(tools.argv("qemu-img", "convert", *COMPRESSED, *options, disk, source))
        put_in_order(source, ordered)
        made.append((source.read_bytes(), ordered.read_bytes()))
    assert len({ordered for _source, ordered in made}) == 1
    assert len({source for source, _ordered in made}) > 1, "nothing was out of order"


def test_another_shape_is_refused(disk: Path, tools: Tools, tmp_path: Path) -> None:
    for name, options in {"plain": (), "zlib": ("-c",), "small": ("-o", "cluster_size=4k")}.items():
        run(tools.argv("qemu-img", "convert", "-O", "qcow2", *options, disk, tmp_path / name))
        with pytest.raises(VesselError, match=r"VES-702: .*its header is strange"):
            put_in_order(tmp_path / name, tmp_path / f"{name}.ordered")


def test_a_torn_cluster_is_refused(disk: Path, tools: Tools, tmp_path: Path) -> None:
    source = tmp_path / "source"
    run(tools.argv("qemu-img", "convert", *COMPRESSED, disk, source))
    text = source.read_bytes()
    source.write_bytes(text.replace(MAGIC, b"\0\0\0\0", 1))
    with pytest.raises(VesselError, match=r"VES-702: .*the cluster at \d+ is strange"):
        put_in_order(source, tmp_path / "ordered")
