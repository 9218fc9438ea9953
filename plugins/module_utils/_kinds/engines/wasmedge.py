"""WasmEdge, which Debian's crun loads."""

from __future__ import annotations

from ..engine import WHOLE_ROOT, Engine, Handler, Limit, Need

LIBRARY = "libwasmedge.so.0"
MODULES_ONLY = "under this name crun takes every container for a module"
NO_EXEC = "crun executes nothing in a container that it runs by WasmEdge"

KIND = Engine(
    title="WasmEdge",
    handlers=(
        Handler(
            "wasmedge",
            "Pods of WebAssembly only: under this name crun takes every container for a module.",
            runtime_type="io.containerd.runc.v2",
            program="/usr/bin/crun-wasm",
            mixed=False,
            limits={
                "sidecar": Limit(MODULES_ONLY, "^container sidecar is not running: terminated"),
                **{
                    row: Limit(MODULES_ONLY, "^container native is not running: terminated")
                    for row in ("exec-sidecar", "exec-probe-sidecar", "prestop-sidecar")
                },
                "debug": Limit(MODULES_ONLY, "load library failed:/check"),
            },
        ),
        Handler(
            "wasmedge-mixed",
            "Native containers beside WebAssembly: an annotation of the pod says which containers"
            " are modules.",
            runtime_type="io.containerd.runc.v2",
            program="/usr/bin/crun",
            annotations=("module.wasm.image/*", "run.oci.handler"),
            # crun looks at each container of such a pod and takes the engine for modules only.
            pod_annotations={"module.wasm.image/variant": "compat-smart"},
            limits={
                "no-suffix": Limit(
                    "beside native containers crun knows a module by the end of its name",
                    "exec container process .* Exec format error",
                ),
            },
        ),
    ),
    # Measured by benchmarks/runtimes.py.
    overhead="16Mi",
    # What Debian builds without.
    released="libwasmedgePluginWasiNN.so",
    directory="/usr/local/lib/wasmedge",
    http="preview1-sockets",
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
            LIBRARY,
            f"the tree has no {LIBRARY}, which crun loads when a WebAssembly container starts."
            " Install the package libwasmedge0.",
        ),
    ),
    libraries=(LIBRARY,),
    limits={
        **WHOLE_ROOT,
        "exit": Limit("crun ends with 0 whatever a module's `proc_exit` says", r"^status 0, log "),
        "component": Limit(
            "WasmEdge loads components and cannot run them", "component|malformed|version"
        ),
        "artifact": Limit(
            "crun runs files of an image; it knows no layers that are modules",
            r"^status (?!137\b)[1-9]\d*, log ",
        ),
        "precompiled": Limit("crun compiles nothing ahead", "nothing compiled"),
        "sigterm": Limit(
            "WasmEdge heeds no SIGTERM: its pod ends with the grace period",
            r"^([3-9]\d|1\d\d) s$",
        ),
        "exec": Limit(NO_EXEC, "the handler does not support exec"),
        "exec-probe": Limit(NO_EXEC, "the handler does not support exec"),
        "prestop": Limit(NO_EXEC, "/module: No such file or directory"),
        "nn": Limit(
            "Debian builds WasmEdge without its plug-in for WASI-NN", "plugin not installed"
        ),
    },
)
