"""What a spec fixes, a lock may not change: the one place that decides.

A lock says at which part of the spec it was resolved (`for`). That is no proof: what stands below
may have been edited, or merged from another branch. So whatever of the lock follows from the spec
alone is compared with it before the lock is used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from .._common.errors import Problem, VesselError
from .._common.version import Version
from .._kinds.architectures import BUILDER
from .._kinds.distributions import DISTRIBUTIONS
from .._kinds.programs import GO_MODULES
from .._spec.loader import shown
from .._spec.model import Spec
from .._spec.schema import Path as Steps
from .._spec.schema import dotted
from .debian import repository_archive
from .lock import Lock
from .reading import MOST_TOLD, places_of, restore
from .rust import rust_part
from .told import versions
from .wants import Wants

Departure = tuple[Steps, str]  # where in the lock, and what is wrong there
NOTHING: Any = object()


def demand(lock: Lock, path: Path, spec: Spec, wants: Wants, root: Path) -> None:
    """Raises VES-326 where the lock `path` says otherwise than the spec.

    `wants` are those of the spec's vessel; `root` is the collection's directory.
    """
    found = list(islice(departures(lock, spec, wants, root), MOST_TOLD))
    if not found:
        return
    hint = f"{restore(path)} What should be otherwise belongs into the spec."
    steps, told = zip(*found, strict=True)
    places = places_of(path, steps)
    raise VesselError(
        *(Problem("VES-326", what, hint, place) for what, place in zip(told, places, strict=True))
    )


def departures(lock: Lock, spec: Spec, wants: Wants, root: Path) -> Iterator[Departure]:
    """Where a lock says otherwise than its spec."""
    fixed = _fixed(spec, wants, root)
    yield from _differ(lock.content, fixed)
    for part in ("executables", "shims", "rust"):
        if part in lock.content and part not in fixed:
            yield (part,), f"the lock has `{part}`, and the spec asks for none"
    yield from _strange(lock.rust, wants.rust, ("rust", "versions"))
    yield from _programs(lock, wants)
    distribution = DISTRIBUTIONS[spec.operating_system.distribution]
    archives = set(distribution.archives)
    own = {repository_archive(each["name"]) for each in spec.customize["repositories"]}
    target = spec.architectures[0]
    yield from _packages(lock, "node", wants.node, {target, "all"}, archives | own)
    for group, names in (("tools", wants.tools), ("compilers", wants.compilers)):
        yield from _packages(lock, group, names, {BUILDER, target, "all"}, archives)


def _fixed(spec: Spec, wants: Wants, root: Path) -> dict[str, Any]:
    """What of a lock follows from the spec as it is."""
    wanted = spec.normalised()
    parts = {
        "executables": wanted["customize"]["executables"],
        "shims": wanted["wasm"]["releases"],
        "rust": rust_part(wants.rust, root),
    }
    return {
        "architecture": spec.architectures[0],
        "kubernetes": {"version": spec.kubernetes.version},
        "debian": {"release": spec.operating_system.release},
        **{part: each for part, each in parts.items() if each},
    }


def _differ(has: Any, should: Any, steps: Steps = ()) -> Iterator[Departure]:
    """Where `has` lacks what `should` says; mappings may say more, lists may not."""
    if isinstance(should, Mapping) and isinstance(has, Mapping):
        for key, each in should.items():
            yield from _differ(has.get(key, NOTHING), each, (*steps, key))
    elif isinstance(should, list) and isinstance(has, list) and len(should) == len(has):
        for index, each in enumerate(should):
            yield from _differ(has[index], each, (*steps, index))
    elif has is NOTHING:
        yield steps, f"the lock lacks `{dotted(steps)}`, which the spec asks for"
    elif has != should:
        what = f"{_said(has)} in the lock, and {_said(should)} after the spec"
        yield steps, f"`{dotted(steps)}` is {what}"


def _said(value: Any) -> str:
    return f"a list of {len(value)}" if isinstance(value, list) else shown(value)


def _programs(lock: Lock, wants: Wants) -> Iterator[Departure]:
    """Go programs that are missing, strange, or of another version than the spec, or what that
    version of Kubernetes tells, says. Others' versions are Vessel's choice, and the lock keeps
    them."""
    given, told = dict(wants.versions), dict(lock.kubernetes)
    telling = [GO_MODULES[name] for name in wants.modules if GO_MODULES[name].tells]
    known = ["version", *(other for each in telling for other in each.tells.values())]
    yield from _strange(told, known, ("kubernetes",))
    for other in known:
        if other not in told:
            yield ("kubernetes",), f"the lock lacks `kubernetes.{other}`"
            return
    for each in telling:
        given |= versions(each, told)
    at: Steps = ("go", "programs")
    for name in wants.modules:
        text = GO_MODULES[name].version
        version = Version.of(text.format(**given)).tag
        if name not in lock.go_modules:
            yield at, f"the lock lacks `{dotted((*at, name))}`, which every such node has"
        elif "{" in text:
            has = lock.go_modules[name]["version"]
            yield from _differ(has, version, (*at, name, "version"))
    yield from _strange(lock.go_modules, wants.modules, at)


def _strange(has: Iterable[str], known: Collection[str], at: Steps) -> Iterator[Departure]:
    """What lies at `at` of a lock, and no such node has."""
    for name in has:
        if name not in known:
            yield (
                (*at, name),
                f"the lock has `{dotted((*at, shown(name)))}`, which no such node has",
            )


def _packages(
    lock: Lock, group: str, names: tuple[str, ...], architectures: set[str], archives: set[str]
) -> Iterator[Departure]:
    """Packages that the spec names and the lock lacks, or has in another version; and packages for
    another processor, or of an archive that the spec does not name."""
    found = {each["name"]: each["version"] for each in lock.packages(group)}
    at: Steps = ("debian", group)
    for wanted in names:
        name = re.split("[=:]", wanted)[0]
        version = wanted.partition("=")[2]
        if name not in found:
            yield at, f"the lock's `{dotted(at)}` lacks the package {name}, which the spec asks for"
        elif version and found[name] != version:
            what = f"{found[name]} in the lock, and {version} after the spec"
            yield at, f"the package {name} is {what}"
    for index, each in enumerate(lock.packages(group)):
        for key, allowed in (("architecture", architectures), ("archive", archives)):
            if each[key] not in allowed:
                what = (
                    f"the {key} {shown(each[key])}, and the spec has {', '.join(sorted(allowed))}"
                )
                yield (*at, index, key), f"the package {each['name']} is of {what}"
