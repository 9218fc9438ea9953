"""What the role of the WebAssembly engines is told of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .._kinds.engines import ENGINES


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
