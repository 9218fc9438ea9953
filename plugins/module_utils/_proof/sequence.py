"""Which checks make a proof, in which phase, and in which boot of the guest."""

from __future__ import annotations

PHASES = {
    "image": ("image.sums", "image.size", "image.hygiene", "image.papers"),
    "bios": ("console.login",),
    "node": (
        "console.login",
        "node.cloud_init",
        "node.firmware",
        "node.user_data",
        "node.identity",
        "node.root_grown",
        "node.units",
        "node.kernel_modules",
        "node.oci_runtime",
        "node.containerd",
        "node.versions",
        "node.release",
        "node.preload",
    ),
    "cluster": (
        "workloads.import",
        "cluster.init",
        "cluster.node_ready",
        "cluster.runtime_classes",
    ),
    "pods": (
        "cluster.node_ready",
        "cluster.node_labels",
        "cluster.system_pods",
        "wasm.wasmedge",
        "wasm.wasmedge-mixed",
        "wasm.trap",
        "image.unchanged",
    ),
}
# Phase -> the boots of its guest in which it must have passed; 0 is "without a guest".
BOOTS = {"image": (0,), "bios": (1,), "node": (1,), "cluster": (1,), "pods": (1, 2)}


def required() -> tuple[str, ...]:
    """The keys (see `CheckResult.key`) of every result that a whole proof has."""
    return tuple(
        f"{phase}/{boot}/{name}"
        for phase, names in PHASES.items()
        for boot in BOOTS[phase]
        for name in names
    )
