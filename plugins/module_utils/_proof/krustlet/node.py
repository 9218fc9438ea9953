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
NOTHING_ELSE = "a program of Krustlet's finds its volumes and nothing else"
NO_PROCESS = "a container of Krustlet's has no process of its own"
REFUSED = "Krustlet refuses pods with probes or hooks"
ONLY_WASM = "Krustlet's node runs WebAssembly only"
LIMITS = {
    "devices": Limit(NOTHING_ELSE, "device /dev/null: "),
    "message": Limit(NOTHING_ELSE, "write /dev/termination-log: "),
    "hardened": Limit(NOTHING_ELSE, "read /of-root: "),
    "fallback": Limit(
        "Krustlet tells why a program was trapped, and not what it had printed",
        r"told 'Error\\ntrapped: wasm trap: ",
    ),
    "precompiled": Limit(
        "Krustlet keeps no compiled module beyond its process", "nothing compiled"
    ),
    "nn": Limit("Krustlet has no WASI-NN", "wasi_ephemeral_nn"),
    "http": Limit("a pod of Krustlet's has no address of its own", "unknown import"),
    "sidecar": Limit(ONLY_WASM, "^container sidecar is not running: .*not WebAssembly"),
    "descriptors": Limit(
        "a guest is a thread of Krustlet's own process", "^no process of its own$"
    ),
    "metrics": Limit("Krustlet measures nothing", r"^processor \(ns\), memory \(bytes\): None$"),
    "terminal": Limit("Krustlet has no terminals", r"^status 0, log 'none\\n'"),
    "exec": Limit(NO_PROCESS, "no other process"),
    "exec-sidecar": Limit(ONLY_WASM, "^container native is not running: .*not WebAssembly"),
    "exec-probe": Limit(REFUSED, "^NotSupported: "),
    "exec-probe-sidecar": Limit(REFUSED, "^NotSupported: "),
    "prestop": Limit(REFUSED, "^NotSupported: "),
    "prestop-sidecar": Limit(REFUSED, "^NotSupported: "),
    "attach": Limit("Krustlet gives a program no input", "module is not running: terminated"),
    "stdin-end": Limit("Krustlet gives a program no input", r"^'the end\\n'$"),
    "debug": Limit("Krustlet runs no ephemeral containers", "^''; "),
    "resize": Limit("Krustlet's node resizes nothing", "node without support for resize"),
    "userns": Limit(NO_PROCESS, "^no process$"),
    "apparmor": Limit(NO_PROCESS, "^''$"),
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
