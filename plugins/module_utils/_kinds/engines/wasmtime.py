"""Wasmtime, by a containerd shim of this project."""

from __future__ import annotations

from ..engine import Engine, Handler
from ..program import SHIMS, RustCrate
from ..shims import LIMITS

SHIM = "containerd-shim-wasmtime-v1"
KIND = Engine(
    title="Wasmtime",
    handlers=(
        Handler(
            "wasmtime",
            "A shim tells WebAssembly and native programs apart by their first bytes.",
            runtime_type="io.containerd.wasmtime.v1",
        ),
    ),
    # Measured by benchmarks/runtimes.py.
    overhead="32Mi",
    released=SHIM,
    http="wasi-http",
    # libcontainer's, and the library that wasi-nn opens.
    packages=("libseccomp2", "libonnxruntime1.21"),
    shim=RustCrate(package=SHIMS, binary=SHIM, known_by="wasmtime", feature="wasmtime"),
    libraries=("libonnxruntime.so",),
    wasi_nn=True,
    limits=LIMITS,
)
