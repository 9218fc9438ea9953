"""The manifest and the checksums say what was made, in one way only."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._export.exported import published
from ansible_collections.vessel.image.plugins.module_utils._export.manifest import (
    Image,
    describe,
    render_manifest,
    render_sums,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import image_name

IMAGE = Image(
    name="wasm-node",
    image="debian-13-amd64-v1.36.3-wasm-node",
    arch="amd64",
    spec_sha256="5" * 64,
    lock_sha256="1" * 64,
    epoch=1_763_900_000,
    stages=[{"name": "tools", "id": "a" * 64, "seconds": 1.5}, {"name": "disk", "id": "b" * 64}],
    components=[
        {"name": "crun", "version": "1.21", "from": "package", "sha256": "c" * 64, "size": 2},
        {"size": 1, "name": "containerd", "version": "2.4.2", "from": "source", "sha256": "d" * 64},
    ],
    node={"os": "debian 13", "kubernetes": "1.36.3"},
)


def test_image_name() -> None:
    assert image_name("debian", "13", "amd64", "1.36.3", "wasm-node") == IMAGE.image
    assert image_name("debian", "13", "amd64", "v1.36.3", "wasm-node") == IMAGE.image


def test_manifest_has_the_promised_keys(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    artifact = describe(tmp_path / "f", "i.qcow2", "qcow2", "amd64")
    manifest = json.loads(render_manifest(IMAGE, [artifact]))
    assert list(manifest) == [
        *("schema", "name", "spec_sha256", "lock_sha256", "source_date_epoch"),
        *("stages", "artifacts", "components", "node"),
    ]
    assert manifest["stages"][0] == {"name": "tools", "id": "a" * 64}  # no seconds: they differ
    assert [c["name"] for c in manifest["components"]] == ["containerd", "crun"]
    assert set(manifest["artifacts"][0]) == {"path", "format", "arch", "size", "sha256"}
    assert manifest["artifacts"][0]["size"] == 1


def test_checksums_are_what_sha256sum_reads(tmp_path: Path) -> None:
    sums = {}
    for name in ("b.qcow2", "a b.raw"):
        (tmp_path / name).write_text(name)
        sums[name] = describe(tmp_path / name, name, "raw", "amd64").sha256
    (tmp_path / "SHA256SUMS").write_bytes(render_sums(sums))
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True)
    assert published(tmp_path) == sums
