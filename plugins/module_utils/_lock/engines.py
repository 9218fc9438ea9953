"""What a lock and a role say of the WebAssembly engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .._kinds.engines import ENGINES


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
