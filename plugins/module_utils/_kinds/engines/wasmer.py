"""Wasmer, by a containerd shim of this project."""

from __future__ import annotations

from ..engine import Engine, Handler, Limit
from ..program import SHIMS, RustCrate
from ..shims import LIMITS

SHIM = "containerd-shim-wasmer-v1"
KIND = Engine(
    title="Wasmer",
    handlers=(
        Handler(
            "wasmer",
            "A shim tells WebAssembly and native programs apart by their first bytes.",
            runtime_type="io.containerd.wasmer.v1",
        ),
    ),
    # Measured by benchmarks/runtimes.py.
    overhead="32Mi",
    released=SHIM,
    http="wasix",
    # What libcontainer links.
    packages=("libseccomp2",),
    shim=RustCrate(package=SHIMS, binary=SHIM, known_by="wasmer", feature="wasmer"),
    limits={
        **LIMITS,
        "devices": Limit(
            "Wasmer writes behind the program's back: it does not tell that /dev/full is full",
            "/dev/full: 8 read, nothing in it, written",
        ),
        "old-wasi": Limit("Wasmer runs modules of that WASI, too", "^status 0, log "),
        "component": Limit("Wasmer runs no components", "runs no components"),
        "nn": Limit("Wasmer has no WASI-NN", "wasi_ephemeral_nn"),
    },
)
