"""What a check is, and where it says that it belongs.

A check is a function that looks at one thing and says what it expected and what it found. It lies
in the folder of its subject, and its decorator says its name, its place in a phase, and of what it
is one: of every image, of each engine on it, of Krustlet where that is. Whoever writes a check
writes nothing else: `found` finds it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

from .._export.exported import Exported
from .context import Context


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; `lines` tell more when it failed."""

    passed: bool
    expected: str
    actual: str
    lines: tuple[str, ...] = ()


class Subject(NamedTuple):
    """One of several things that an image has and a check looks at, such as an engine. Checks that
    share a place in their phase are run turn by turn: all for the first engine, then all for the
    next one."""

    name: str
    turn: int = 0


Of = Callable[[Exported], Sequence[Subject]]
Run = Callable[..., Verdict]


def every_image(exported: Exported) -> Sequence[Subject]:
    """One nameless subject: the check is about the image as a whole."""
    return (Subject(""),)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the proof that is run at once. Phases follow each other by `rank`. `boots` are
    those of its guest after which all of its checks must have passed; 0 is "without a guest"."""

    name: str
    rank: int
    boots: tuple[int, ...] = (1,)

    def at(self, place: int, within: int = 0, *, of: Of = every_image) -> Place:
        """A check's place in this phase; checks with the same one differ in `within`, and are run
        turn by turn of their subjects. Without a subject in an image, it has no such check."""
        return Place(self, place, within, of)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a check stands in a phase, and of what it is one; see `Phase.at`."""

    phase: Phase
    place: int
    within: int
    of: Of


@dataclass(frozen=True, slots=True)
class Check:
    """A check. `name` has `{}` for the name of its subject, which `run` is given then; after a
    failed `step`, the checks after it make no sense."""

    name: str
    run: Run
    step: bool
    places: tuple[Place, ...]

    def of(self, subject: str, context: Context) -> Verdict:
        """Its verdict on one subject."""
        return self.run(context, subject) if "{}" in self.name else self.run(context)


_FOUND: dict[str, Check] = {}


def check(name: str, *places: Place, step: bool = False) -> Callable[[Run], Run]:
    """Make a function the check called `name`, which stands in one or several phases."""

    def add(function: Run) -> Run:
        _FOUND[name] = Check(name, function, step, places)
        return function

    return add


@cache
def found() -> Mapping[str, Check]:
    """Every check by its name: importing each file of this room finds them."""
    room = import_module(__package__)
    for module in pkgutil.walk_packages(room.__path__, f"{__package__}."):
        import_module(module.name)
    return MappingProxyType(_FOUND)


def good(actual: str) -> Verdict:
    """It is as it should be."""
    return Verdict(True, actual, actual)


def compare(expected: str, actual: str, lines: Sequence[str] = ()) -> Verdict:
    """Passed when both texts are the same."""
    return Verdict(expected == actual, repr(expected), repr(actual), tuple(lines))


def none_of(what: str, found: Sequence[str], lines: Sequence[str] = ()) -> Verdict:
    """Passed when nothing was found."""
    shown = ", ".join(found[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")
    return Verdict(not found, f"no {what}", shown or f"no {what}", tuple(lines))
