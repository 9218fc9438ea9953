"""Checks that the WebAssembly engines of a node are whole."""

from __future__ import annotations

from ..._lock.engines import SHIMS
from ..check import Verdict, check, compare, none_of
from ..context import Context
from ..phases import NODE
from ..subjects import oci_runtimes, released
from ..subjects import shims as shims_on


@check("node.oci_runtime", NODE.at(130, of=oci_runtimes))
def oci_runtime(context: Context) -> Verdict:
    """crun can run Wasm, and the engine that it loads by name is there."""
    # crun only suggests the library's package, so a build can lose it without a word.
    said = context.sh(
        "crun --version | grep -o '+WASM:wasmedge' || echo crun has no +WASM:wasmedge;"
        " test -e /usr/bin/crun-wasm || echo /usr/bin/crun-wasm is missing;"
        # The loader's cache names the file; only a look shows whether it is still there.
        " engine=$(ldconfig -p | awk '/libwasmedge[.]so[.]0/ {print $NF; exit}');"
        ' test -e "$engine" || echo libwasmedge.so.0 is missing'
    )
    return compare("+WASM:wasmedge", said)


# A pipe that finds nothing has failed: outside of `if` it would end the script before the next one.
SHIMS_START = """
for shim in {names}; do
  said=$($shim -v 2>&1) || echo "$shim does not start: status $?: $(tail -n 1 <<<"$said")"
  if lacks=$(ldd "$(command -v $shim)" 2>&1 | grep "not found"); then echo "$shim: $lacks"; fi
done
"""


@check("node.shims", NODE.at(130, of=shims_on))
def shims(context: Context) -> Verdict:
    """Every shim starts, and finds the libraries that it is linked with or opens."""
    engines = [engine for engine in context.exported.engines if engine in SHIMS]
    names = " ".join(SHIMS[engine].name for engine in engines)
    said = context.sh(SHIMS_START.format(names=names))
    if "wasmtime" in engines and "wasmtime" not in released(context.exported):
        wanted = "ldconfig -p | grep -q 'libonnxruntime[.]so' || echo libonnxruntime.so is missing"
        said = "\n".join(filter(None, (said, context.sh(wanted))))
    return none_of("missing or broken", said.splitlines())
