"""What apt's refusal means: no such package, or which two of those asked for exclude each other."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from .._common.errors import Position, Problem, VesselError
from .._common.run import Result, tail
from .owners import Owners


class Apt(Protocol):
    """An apt that can be asked; `times` are the packages that keep the clock, `owners` says which
    repository has what."""

    times: Iterable[str]
    owners: Owners

    def run(self, *argv: str, check: bool = True) -> Result:
        """Run one of its programs."""


def demand_named(
    apt: Apt, names: Sequence[str], found: set[str], places: Mapping[str, Position]
) -> None:
    """VES-329 where apt took another package for a name: what a spec asks for by name is in
    its lock by that name, see fixed.py."""
    bare = {re.split("[=:]", name)[0]: name for name in names if name[0] != "?"}
    problems = []
    for name in bare.keys() - found:
        said = apt.run("apt-cache", "showpkg", name).stdout.partition("Reverse Provides:")[2]
        providing = sorted({line.split()[0] for line in said.splitlines() if line.strip()})
        what = f"{name} is no package, but what others provide"
        hint = f"Name the package itself: {' or '.join(providing)}."
        problems.append(Problem("VES-329", what, hint, places.get(bare[name])))
    if problems:
        raise VesselError(*sorted(problems, key=lambda problem: problem.what))


def refused(
    apt: Apt, names: Sequence[str], result: Result, places: Mapping[str, Position]
) -> VesselError:
    known = apt.run("apt-cache", "pkgnames").stdout.split()
    bare = {re.split("[=:]", name)[0]: name for name in names if name[0] != "?"}
    unknown = sorted(set(bare) - set(known))
    if not unknown:
        return _conflict(apt, names, result, places)
    return VesselError(*(_unknown(name, known, places.get(bare[name])) for name in unknown))


def _conflict(
    apt: Apt, names: Sequence[str], result: Result, places: Mapping[str, Position]
) -> VesselError:
    """The two of `names` that exclude each other: the first one that those before it do not
    bear, and the first one of these that it does not bear. Or one that is at fault alone."""
    late = _first_too_many(apt, names)
    both = [] if late is None else [names[late]]
    if late is not None and _fits(apt, names[late]):
        early = _first_too_many(apt, names[:late], names[late])
        both += [] if early is None else [names[early]]
    # The one that can be taken out is the spec's.
    both.sort(key=lambda name: name not in places)
    if len(both) < 2 or both[0] not in places:
        one = next((name for name in both if name in places), None)
        what = f"{one} cannot be installed" if one else "these packages exclude each other"
        also = apt.owners.hint(f"{one or ''} {tail(result)}")
        hint = f"Take out the package or the version that apt names.\n{tail(result)}{also}"
        return VesselError.of("VES-304", f"{what}: apt says why", hint, places.get(one or ""))
    mine, other = both
    what = f"{mine} cannot be installed together with {other}"
    what += "" if other in places else ", which every such node has"
    hint = f"Take one of them out.\n{tail(result)}"
    if other in apt.times and mine in apt.times:
        hint = f"Write `time: {mine}` under `operating_system` in place of it."
    elif other not in places:
        hint = f"Take {mine} out: docs/customising.md says what is fixed.\n{tail(result)}"
    return VesselError.of("VES-304", what, hint, places[mine])


def _first_too_many(apt: Apt, names: Sequence[str], *more: str) -> int | None:
    """The index of the first of `names` with which those before it, and `more`, cannot be
    installed; None when all can."""
    if _fits(apt, *names, *more):
        return None
    good, bad = 0, len(names)  # so many fit, so many do not
    while bad - good > 1:
        middle = (good + bad) // 2
        if _fits(apt, *names[:middle], *more):
            good = middle
        else:
            bad = middle
    return good


def _fits(apt: Apt, *names: str) -> bool:
    command = ("apt-get", "install", "--print-uris", "-qq", "-y", *names)
    return apt.run(*command, check=False).status == 0


def _unknown(name: str, known: Sequence[str], place: Position | None) -> Problem:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.75)
    hint = f"Did you mean {', '.join(near)}?" if near else "Check its spelling and the release."
    return Problem("VES-303", f"no package is called {name}", hint, place)
