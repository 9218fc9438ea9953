"""What engines cannot do, and is not ours to mend: cells of the matrix that must fail, and how.

A limit has a symptom, so that a cell that fails for another reason is red; and a cell that works
against its limit is red, too, so that nobody keeps a limit that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..check import Verdict
from ..krustlet.node import NAME as KRUSTLET

LIMIT = "limit: "  # what a cell that fails as expected says, before the reason


@dataclass(frozen=True, slots=True)
class Limit:
    """Why a cell fails, and the pattern that what was found must show then."""

    reason: str
    symptom: str


_EXIT = Limit("crun ends with 0 whatever a module's `proc_exit` says", r"status 0\b")
_COMPONENT = Limit("WasmEdge loads components and cannot run them", "component|malformed|version")
_ARTIFACT = Limit(
    "crun runs files of an image; it knows no layers that are modules", r"^status [1-9]"
)
_AHEAD = Limit("crun compiles nothing ahead", "nothing compiled")
_WASMEDGE = {
    "exit": _EXIT,
    "component": _COMPONENT,
    "artifact": _ARTIFACT,
    "precompiled": _AHEAD,
    "sigterm": Limit(
        "WasmEdge heeds no SIGTERM: its pod ends with the grace period", r"^([3-9]\d|1\d\d) s$"
    ),
    "nn": Limit("Debian builds WasmEdge without its plug-in for WASI-NN", "plugin not installed"),
}
LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "wasmedge": {
        **_WASMEDGE,
        "sidecar": Limit(
            "under this name crun takes every container for a module",
            "^container sidecar is not running",
        ),
    },
    "wasmedge-mixed": _WASMEDGE,
    "wasmtime": {},
    "wasmer": {
        "devices": Limit(
            "Wasmer writes behind the program's back: it does not tell that /dev/full is full",
            "/dev/full: 8 read, nothing in it, written",
        ),
        "old-wasi": Limit("Wasmer runs modules of that WASI, too", "status 0"),
        "component": Limit("Wasmer runs no components", "runs no components"),
        "nn": Limit("Wasmer has no WASI-NN", "wasi_ephemeral_nn"),
    },
    KRUSTLET: {
        "devices": Limit("a program of Krustlet's finds its volumes and nothing else", "device "),
        "precompiled": Limit(
            "Krustlet keeps no compiled module beyond its process", "nothing compiled"
        ),
        "nn": Limit("Krustlet has no WASI-NN", "wasi_ephemeral_nn"),
        "http": Limit("a pod of Krustlet's has no address of its own", "unknown import"),
        "sidecar": Limit(
            "Krustlet's node runs WebAssembly only", "^container sidecar is not running"
        ),
        "metrics": Limit("Krustlet measures nothing", "None$"),
    },
}


def known(handler: str, cell: str) -> bool:
    """Whether a cell is expected to fail."""
    return cell in LIMITS[handler]


def judged(handler: str, cell: str, verdict: Verdict) -> Verdict:
    """The verdict on a cell, given what is known of its engine."""
    limit = LIMITS[handler].get(cell)
    if limit is None:
        return verdict
    if verdict.passed:
        return Verdict(False, f"a limit: {limit.reason}", f"it works: {verdict.actual}")
    if not re.search(limit.symptom, verdict.actual):
        return Verdict(False, f"a limit, shown by {limit.symptom!r}", verdict.actual, verdict.lines)
    return Verdict(True, verdict.expected, f"{LIMIT}{limit.reason}")
