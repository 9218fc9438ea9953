"""Which checks make a proof, in which phase, and in which boot of the guest."""

from __future__ import annotations

from collections.abc import Iterable

from .._lock.engines import HANDLERS, SHIMS
from .krustlet.node import NAME as KRUSTLET
from .matrix.columns import names as matrix

# Those of every image; `phases` adds those of its engines.
_PHASES: dict[str, tuple[str, ...]] = {
    "image": ("image.sums", "image.spec", "image.size", "image.hygiene", "image.papers"),
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
    ),
}
# What Krustlet's node can do and survives has a scenario of its own, too.
_KRUSTLET = (
    "krustlet.begin",
    "krustlet.volumes",
    "krustlet.order",
    "krustlet.restarts",
    "krustlet.logs",
    "krustlet.many",
    "krustlet.no_exec",
    "krustlet.refuses",
    "krustlet.stops",
    "krustlet.forced",
    "krustlet.too_much",
    "krustlet.ready_again",
    "krustlet.registry_500",
    "krustlet.wrong_digest",
    "krustlet.pull_secret",
    "krustlet.killed",
    "krustlet.away",
    "krustlet.replaced",
    "krustlet.forgotten",
    "krustlet.drained",
    "krustlet.renewed",
)
# Phase -> the boots of its guest in which it must have passed; 0 is "without a guest". What engines
# can do is no part of an image's own proof: the matrix has a scenario of its own.
BOOTS = {"image": (0,), "bios": (1,), "node": (1,), "cluster": (1,), "pods": (1, 2)}


def phases(
    engines: Iterable[str], released: Iterable[str] = (), *, krustlet: bool = False
) -> dict[str, tuple[str, ...]]:
    """Phase -> its checks, for an image with these engines and perhaps Krustlet; the shims of those
    in `released` are not Vessel's, and nobody promised WASI-NN of them."""
    engines = tuple(engines)
    node, cluster, pods = [], [], []
    for engine in engines:
        node.append("node.shims" if engine in SHIMS else "node.oci_runtime")
        pods += [f"wasm.{handler}" for handler in HANDLERS[engine]]
        pods.append(f"wasm.{engine}.trap")
        if engine == "wasmtime" and engine not in released:
            pods.append("wasm.wasmtime.nn")
    handlers = [handler for engine in engines for handler in HANDLERS[engine]]
    if krustlet:
        node.append("node.krustlet")
        cluster.append("krustlet.joins")
        pods += ["krustlet.ready", "krustlet.alone", "krustlet.closed", f"wasm.{KRUSTLET}"]
    return {
        **_PHASES,
        "node": (*_PHASES["node"], *dict.fromkeys(node)),
        "cluster": (*_PHASES["cluster"], *cluster),
        "pods": (*_PHASES["pods"], *pods, "image.unchanged"),
        "matrix": ("matrix.import", *matrix(handlers)),
        **({"krustlet": (*matrix([KRUSTLET]), *_KRUSTLET)} if krustlet else {}),
    }


def required(
    engines: Iterable[str], released: Iterable[str] = (), *, krustlet: bool = False
) -> tuple[str, ...]:
    """The keys (see `CheckResult.key`) of every result that a whole proof has."""
    return tuple(
        f"{phase}/{boot}/{name}"
        for phase, names in phases(engines, released, krustlet=krustlet).items()
        for boot in BOOTS.get(phase, ())
        for name in names
    )
