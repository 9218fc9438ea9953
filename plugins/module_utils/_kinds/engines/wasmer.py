"""Wasmer, by a containerd shim of this project."""

from __future__ import annotations

from ..engine import Engine, Handler
from ..program import SHIMS, RustCrate

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
    # What libcontainer links.
    packages=("libseccomp2",),
    shim=RustCrate(package=SHIMS, binary=SHIM, known_by="wasmer", feature="wasmer"),
)
