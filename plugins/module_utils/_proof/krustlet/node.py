"""Pods of Krustlet's node: the same programs as elsewhere, as artifacts of a registry.

Source of labels, taints and media types: Krustlet, docs/howto of its repository.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._common.files import atomic_file
from ..._common.places import cache_root
from ..._common.scratch import scratch
from ..._tree.oci import write_layout
from ..._workloads.container_images import APP, ARTIFACT, BASIC, EPOCH, MATRIX, SHIMS_ONLY, Content
from ..._workloads.oci_artifact import add_artifact
from ..._workloads.programs import Program, build

NAME = "krustlet"
ARCHITECTURE = "wasm32-wasi"
SELECTOR = {"kubernetes.io/arch": ARCHITECTURE}
TOLERATIONS = [
    {"key": "kubernetes.io/arch", "value": ARCHITECTURE, "effect": effect}
    for effect in ("NoSchedule", "NoExecute")
]
LAYER_TYPE = "application/vnd.wasm.content.layer.v1+wasm"
# Of an image that is none: the command names a module in a volume.
NO_IMAGE = "fs//dev/null"


def placed(specification: Mapping[str, Any]) -> dict[str, Any]:
    """A pod's specification for this node in place of a RuntimeClass."""
    kept = {key: value for key, value in specification.items() if key != "runtimeClassName"}
    pulled: dict[str, Any] = {
        key: [{**each, "imagePullPolicy": "IfNotPresent"} for each in kept[key]]
        for key in ("containers", "initContainers")
        if key in kept
    }
    return {**kept, **pulled, "nodeSelector": SELECTOR, "tolerations": TOLERATIONS}


def from_volume(container: Mapping[str, Any], volume: str, file: str) -> dict[str, Any]:
    """A container that runs the module `file` of a volume instead of an image."""
    mount = {"name": volume, "mountPath": f"/{volume}"}
    return {**container, "image": NO_IMAGE, "command": [f"/{volume}/{file}"],
            "volumeMounts": [mount]}  # fmt: skip


def registry_archive(root: Path) -> Path:
    """The modules of the matrix as artifacts, in an OCI image layout in a tar file.

    Raises what `programs.build` raises.
    """
    wanted: Mapping[str, Content] = {**BASIC, **SHIMS_ONLY, **MATRIX}
    archive = cache_root() / "proof" / "artifacts.tar"
    with scratch("layout") as layout:
        write_layout([], layout, epoch=EPOCH)
        for name, content in wanted.items():
            add_artifact(layout, name, _bytes(content.program, root), APP, LAYER_TYPE)
        add_artifact(layout, ARTIFACT, _bytes(Program("hello.c"), root), APP)
        with atomic_file(archive) as file, tarfile.open(fileobj=file, mode="w") as tar:
            for path in sorted(layout.rglob("*")):
                tar.add(path, arcname=str(path.relative_to(layout)), recursive=False)
    return archive


def _bytes(program: Program | bytes, root: Path) -> bytes:
    return program if isinstance(program, bytes) else build(program, root).read_bytes()
