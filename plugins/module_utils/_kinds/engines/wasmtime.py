"""Wasmtime, by a containerd shim of this project."""

from __future__ import annotations

from ..engine import Engine, Handler, Limit
from ..program import SHIMS, RustCrate

SHIM = "containerd-shim-wasmtime-v1"
NO_EXEC = "the shims' library executes nothing in a container that runs, be it native or not"
UNSUPPORTED = "Task/Exec is not supported"
GONE = r"cat: \S+: No such file or directory"
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
    limits={
        "terminal": Limit("the shims' library has no terminals", "terminal is not supported"),
        "exec": Limit(NO_EXEC, UNSUPPORTED),
        "exec-sidecar": Limit(NO_EXEC, UNSUPPORTED),
        "exec-probe": Limit(NO_EXEC, UNSUPPORTED),
        "exec-probe-sidecar": Limit(NO_EXEC, UNSUPPORTED),
        "prestop-sidecar": Limit(NO_EXEC, GONE),
        "prestop": Limit(NO_EXEC, GONE),
        "stdin-end": Limit(
            "the program gets what is typed, and its end never comes", r"log 'typed\\n'$"
        ),
        "resize": Limit(
            "the shims' library changes no container that runs",
            r"^cpu 50000 100000, memory 134217728",
        ),
        "userns": Limit(
            "the shim does not tell containerd of user namespaces",
            "does not support user namespaces",
        ),
    },
)
