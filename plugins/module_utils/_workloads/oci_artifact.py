"""OCI artifacts of WebAssembly: an image whose one layer is the module itself.

The form that containerd's Wasm shims take, with an ordinary image configuration of the platform
wasip1/wasm: https://github.com/containerd/runwasi/blob/main/docs/src/getting-started/quickstart.md.
"""

from __future__ import annotations

import json
from pathlib import Path

from .._common.files import canonical_json, write_bytes
from .._oci.layout import CONFIG_TYPE, MANIFEST_TYPE, NAME, write_blob

TITLE = "org.opencontainers.image.title"
LAYER_TYPE = "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm"


def add_artifact(
    layout: Path, name: str, module: bytes, entrypoint: str, layer_type: str = LAYER_TYPE
) -> None:
    """Add `module` to the OCI image layout as the image `name`."""
    blobs = layout / "blobs/sha256"
    config = {
        "architecture": "wasm",
        "os": "wasip1",
        "config": {"Entrypoint": [entrypoint]},
        "rootfs": {"type": "layers", "diff_ids": []},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": write_blob(blobs, CONFIG_TYPE, canonical_json(config)),
        "layers": [write_blob(blobs, layer_type, module)],
        "annotations": {TITLE: name},
    }
    found = write_blob(blobs, MANIFEST_TYPE, canonical_json(manifest))
    index = json.loads((layout / "index.json").read_bytes())
    index["manifests"].append({**found, "annotations": {NAME: name}})
    write_bytes(layout / "index.json", canonical_json(index))
