"""The handlers of the WebAssembly engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from .._kinds.engines import ENGINES
from .._kinds.program import RustCrate

# Engine -> its handlers; a RuntimeClass and its handler have the same name.
HANDLERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(each.name for each in engine.handlers) for name, engine in ENGINES.items()}
)
# Those that containerd runs by a shim of their own.
SHIMS: Mapping[str, RustCrate] = MappingProxyType(
    {name: engine.shim for name, engine in ENGINES.items() if engine.shim}
)


def released_engines(lock: Mapping[str, Any]) -> Mapping[str, str]:
    """Engine -> digest of what is fetched for those of which the spec names a release."""
    return {each["engine"]: each["sha256"] for each in lock.get("shims", ())}


def for_role(name: str) -> dict[str, Any]:
    """What the role of the engines is told of one, as plain data."""
    engine = ENGINES[name]
    return {
        "name": name,
        "overhead": engine.overhead,
        "handlers": [
            {
                "name": each.name,
                "about": each.about,
                "runtime_type": each.runtime_type,
                "program": each.program,
                "annotations": list(each.annotations),
            }
            for each in engine.handlers
        ],
        "needs": [asdict(need) for need in engine.needs],
    }
