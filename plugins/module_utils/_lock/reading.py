"""The bytes of a lock file -> what it says, or what is wrong with it and where.

What is wrong is told with a hint that keeps what is locked: whoever removes a lock gets newer
versions of everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from .._common.errors import Position, Problem, VesselError
from .._spec.loader import Document, Form, parse
from .._spec.schema import Path as Steps
from .shape import SCHEMA, problems

MOST_BYTES = 16 << 20  # forty times the lock of the default spec
MOST_VALUES = 200_000
MOST_TOLD = 10
# What git and diff3 write between the sides of a conflict. Lines of a lock's texts are indented.
MARKER = re.compile(rb"^(<{7}|\|{7}|={7}|>{7})( .*)?\r?$", re.MULTILINE)


def content(data: bytes, path: Path) -> dict[str, Any]:
    """What the lock file `path` says, whose bytes are `data`.

    Raises VES-307 for a merge that is not finished, VES-308 for the lock of a later version of
    Vessel, and VES-310 for what is no lock, each with its line.
    """
    if marker := MARKER.search(data):
        raise VesselError.of(
            "VES-307",
            "the lock holds both sides of a merge",
            f"Take one side whole, as by `git checkout --ours -- {path}` or `--theirs`, and"
            " build: only what the merged spec says otherwise is resolved again.",
            Position(str(path), data.count(b"\n", 0, marker.start()) + 1, 1),
        )
    document = _parsed(data, path)
    found = document.content
    schema = found.get("schema") if isinstance(found, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise VesselError.of(
            "VES-308",
            f"the lock was written by a later version of Vessel: its schema is {schema}, not"
            f" {SCHEMA}",
            "Build with that version, or restore the lock that this one wrote from version"
            " control. A new lock would have newer versions of everything.",
            _place(document, ("schema",), path),
        )
    if wrong := list(islice(problems(found), MOST_TOLD)):
        raise VesselError(
            *(_problem(what, _place(document, steps, path), path) for steps, what in wrong)
        )
    locked: dict[str, Any] = found
    return locked


def places_of(path: Path, found: Sequence[Steps]) -> list[Position | None]:
    """Where the lock file `path`, which `content` has read, says what lies at each of `found`, or
    what should hold it; None each where there is no file yet."""
    if not path.is_file():
        return [None] * len(found)
    document = _parsed(path.read_bytes(), path)
    return [_place(document, steps, path) for steps in found]


def _parsed(data: bytes, path: Path) -> Document:
    form = Form("lock", MOST_BYTES, 16, MOST_VALUES, restore(path), aliases=True, large=True)
    try:
        document = parse(data, str(path), form)
    except VesselError as error:
        raise VesselError(*(_of_lock(each, path) for each in error.problems)) from error
    if document.problems:
        raise VesselError(*(_of_lock(each, path) for each in document.problems[:MOST_TOLD]))
    return document


def _place(document: Document, steps: Steps, path: Path) -> Position:
    while steps and steps not in document.places:
        steps = steps[:-1]
    place = document.places.get(steps)
    return place.key if place else Position(str(path), 1, 1)


def restore(path: Path) -> str:
    """How to get a lock back without new versions."""
    return (
        f"Restore it from version control, as by `git checkout -- {path}`; that keeps every"
        " version. A new lock would have newer ones."
    )


def _of_lock(problem: Problem, path: Path) -> Problem:
    """What reading YAML found, as the lock's problem: it is no file to be mended by hand."""
    return _problem(problem.what, problem.position, path)


def _problem(what: str, place: Position | None, path: Path) -> Problem:
    return Problem("VES-310", f"this is no lock as Vessel writes it: {what}", restore(path), place)
