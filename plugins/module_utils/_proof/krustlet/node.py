"""Pods of Krustlet's node: the same programs as elsewhere, as artifacts of a registry.

Source of labels, taints and media types: Krustlet, docs/howto of its repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._kinds.engine import Limit

NAME = "krustlet"
ARCHITECTURE = "wasm32-wasi"
SELECTOR = {"kubernetes.io/arch": ARCHITECTURE}
TOLERATIONS = [
    {"key": "kubernetes.io/arch", "value": ARCHITECTURE, "effect": effect}
    for effect in ("NoSchedule", "NoExecute")
]
LAYER_TYPE = "application/vnd.wasm.content.layer.v1+wasm"
HTTP = "wasix"
LIMITS = {
    "devices": Limit(
        "a program of Krustlet's finds its volumes and nothing else", "device /dev/null: "
    ),
    "precompiled": Limit(
        "Krustlet keeps no compiled module beyond its process", "nothing compiled"
    ),
    "nn": Limit("Krustlet has no WASI-NN", "wasi_ephemeral_nn"),
    "http": Limit("a pod of Krustlet's has no address of its own", "unknown import"),
    "sidecar": Limit(
        "Krustlet's node runs WebAssembly only",
        "^container sidecar is not running: .*not WebAssembly",
    ),
    "descriptors": Limit(
        "a guest is a thread of Krustlet's own process", "^no process of its own$"
    ),
    "metrics": Limit("Krustlet measures nothing", r"^processor \(ns\), memory \(bytes\): None$"),
}
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
