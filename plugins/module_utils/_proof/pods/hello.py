"""Check that a WASI program runs in a pod of each RuntimeClass."""

from __future__ import annotations

from ..check import Verdict, check
from ..context import Context
from ..phases import PODS
from ..subjects import handlers_by_engine
from .pod import hello
from .running import runs


@check("wasm.{}", PODS.at(40, 1, of=handlers_by_engine))
def runs_hello(context: Context, handler: str) -> Verdict:
    """A WASI program in the RuntimeClass prints its line and ends with status 0; beside a native
    sidecar where the RuntimeClass takes those."""
    return runs(context, hello(handler))
