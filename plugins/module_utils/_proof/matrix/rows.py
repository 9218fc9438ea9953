"""The rows of the matrix: what an engine can do in a pod, or cannot. Each is a check of every
column: of every handler of containerd's, and of Krustlet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..check import Verdict, check, found
from ..context import Context
from ..phases import KRUSTLET, MATRIX
from ..runtimes import RUNTIMES
from ..subjects import handlers, krustlet
from .limits import judged, known
from .living import NotRunning

# Seconds for what is not expected to come.
LIMIT_PATIENCE = 60.0
COLUMNS = tuple(RUNTIMES)

Look = Callable[[Context, str], Verdict]
_ROWS: dict[str, tuple[int, str]] = {}


def row(name: str, title: str, place: int) -> Callable[[Look], Look]:
    """Make a function, which looks at one column, the row called `name` at this place."""

    def add(look: Look) -> Look:
        _ROWS[name] = (place, title)

        @check(
            f"matrix.{{}}.{name}",
            MATRIX.at(20, place, of=handlers),
            KRUSTLET.at(10, place, of=krustlet),
        )
        def cell(context: Context, column: str) -> Verdict:
            if known(column, name):
                context = replace(context, patience=min(context.patience, LIMIT_PATIENCE))
            try:
                verdict = look(context, column)
            except NotRunning as why:
                verdict = Verdict(False, "a container that runs", str(why))
            return judged(column, name, verdict)

        return look

    return add


def titles() -> Mapping[str, str]:
    """Row -> what it shows, for people; in order."""
    found()
    ordered = sorted(_ROWS.items(), key=lambda item: item[1])
    return {name: title for name, (_, title) in ordered}
