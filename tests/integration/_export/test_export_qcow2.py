"""qcow2 by the pinned qemu-img: same bytes each time, the disk's content, compressed with zstd."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._export.export import export
from ansible_collections.vessel.image.plugins.module_utils._export.manifest import Image
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

IMAGE = Image("wasm-node", "image", "amd64", "5" * 64, "1" * 64, 1, [], [], {})


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.raw"
    with path.open("wb") as file:
        for part in range(40):  # many clusters, compressible and not, with holes between
            file.seek(part * 3 << 20)
            file.write(os.urandom(300_000) + bytes([part]) * 900_000)
        file.truncate(200 << 20)
    return path


def test_qcow2_is_byte_stable_and_holds_the_disk(disk: Path, tools: Tools, tmp_path: Path) -> None:
    outputs = [tmp_path / f"output {number}" for number in range(3)]
    found = [export(disk, tools, output, IMAGE, ["qcow2", "raw"]) for output in outputs]
    assert found[0] == found[1] == found[2]
    for name in ("manifest.json", "SHA256SUMS"):
        assert len({(output / name).read_bytes() for output in outputs}) == 1
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=outputs[0], check=True)
    image = outputs[0] / "image.qcow2"
    run(tools.argv("qemu-img", "compare", image, disk))
    described = json.loads(run(tools.argv("qemu-img", "info", "--output=json", image)).stdout)
    assert described["format"] == "qcow2"
    assert described["format-specific"]["data"]["compression-type"] == "zstd"
    assert described["virtual-size"] == 200 << 20
