"""WasmEdge, which Debian's crun loads."""

from __future__ import annotations

from ..engine import Engine, Handler, Need

KIND = Engine(
    title="WasmEdge",
    handlers=(
        Handler(
            "wasmedge",
            "Pods of WebAssembly only: under this name crun takes every container for a module.",
            runtime_type="io.containerd.runc.v2",
            program="/usr/bin/crun-wasm",
            mixed=False,
        ),
        Handler(
            "wasmedge-mixed",
            "Native containers beside WebAssembly: an annotation of the pod says which containers"
            " are modules.",
            runtime_type="io.containerd.runc.v2",
            program="/usr/bin/crun",
            annotations=("module.wasm.image/*", "run.oci.handler"),
        ),
    ),
    # Measured by benchmarks/runtimes.py.
    overhead="16Mi",
    # What Debian builds without.
    released="libwasmedgePluginWasiNN.so",
    directory="/usr/local/lib/wasmedge",
    # crun loads it by dlopen and only suggests it.
    packages=("libwasmedge0",),
    needs=(
        Need(
            "crun --version",
            "+WASM:wasmedge",
            "the tree's crun is built without WasmEdge (crun --version lacks +WASM:wasmedge). Use"
            " the crun of Debian trixie.",
        ),
        Need(
            "ldconfig --print-cache",
            "libwasmedge.so.0",
            "the tree has no libwasmedge.so.0, which crun loads when a WebAssembly container"
            " starts. Install the package libwasmedge0.",
        ),
    ),
)
