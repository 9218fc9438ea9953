"""How long the stages of a plan took in this run: a build is more than one process, and two builds
may be of one plan."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from .._common import lifeline
from .._common.files import write_text
from .._common.places import cache_root
from .._plan.plan import Plan

# packer/build.sh names the run where no front door does.
VARIABLE = "VESSEL_RUN"
DAY = 86_400.0
_writing = threading.Lock()


def begin(plan: Plan) -> None:
    """Begin a run of this plan; what runs that failed have left is removed after a day."""
    for path in _path(plan).parent.glob(f"{plan.id}.*.json"):
        if time.time() - path.stat().st_mtime > DAY:
            path.unlink(missing_ok=True)
    _write(plan, {"begun": time.time(), "stages": {}})


def end(plan: Plan) -> None:
    """Forget the run."""
    _path(plan).unlink(missing_ok=True)


def note(plan: Plan, identity: str, seconds: float) -> None:
    """A stage has been made just now, and took `seconds`."""
    with _writing:
        told = _read(plan)
        at = time.time() - seconds - told["begun"]
        told["stages"][identity] = {"seconds": round(seconds, 1), "begun": round(max(at, 0.0), 1)}
        _write(plan, told)


def rows(plan: Plan) -> list[dict[str, Any]]:
    """A row for each stage of the plan, in its order: name, title, seconds, cached, and begun, in
    seconds since the run began; what was kept already has no time."""
    made = _read(plan)["stages"]
    nothing = {"seconds": 0.0, "begun": 0.0}
    return [
        {
            "name": stage.name,
            "title": stage.title,
            **made.get(stage.id, nothing),
            "cached": stage.id not in made,
        }
        for stage in plan.stages
    ]


def _path(plan: Plan) -> Path:
    run = os.environ.get(VARIABLE) or os.environ.get(lifeline.VARIABLE, "")
    return cache_root() / "runs" / f"{plan.id}.{run}.json"


def _read(plan: Plan) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(_path(plan).read_bytes())
    except (OSError, ValueError):
        return {"begun": time.time(), "stages": {}}
    return found


def _write(plan: Plan, content: dict[str, Any]) -> None:
    write_text(_path(plan), json.dumps(content))
