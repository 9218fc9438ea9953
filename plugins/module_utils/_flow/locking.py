"""Spec to lock: every part that the spec still agrees with is kept, the others are resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.places import cache_root
from .._common.progress import report
from .._common.refusals import reason, where
from .._common.space import space
from .._common.turn import turn
from .._kinds.architectures import ARCHITECTURES
from .._kinds.distributions import DISTRIBUTIONS
from .._kinds.programs import GO_MODULES
from .._lock import debian, fixed, gomodule, lockfile
from .._lock.compare import differences
from .._lock.gocommand import Go, build_environment
from .._lock.lock import Lock
from .._lock.programs import TOOLCHAIN
from .._lock.rust import rust_part
from .._lock.shape import SCHEMA
from .._lock.suites import Suite
from .._lock.told import tags, versions
from .._lock.wants import Wants
from .._spec.load import package_places, repository_places
from .._spec.model import Spec
from .._stages.toolchain import toolchain
from .._stages.tools import tools
from .._store.fetch import fetch, shown
from .._tree.tools import Tools
from .._vessels import RECIPES
from .making import the_store
from .online import ensure

# Bytes: package lists, the tools tree, the Go toolchain and the modules that say what they need.
RESOLVING = 2_500_000_000


@dataclass(frozen=True, slots=True)
class Locked:
    """The lock of a spec, where it lies, and whether this run wrote it."""

    path: Path
    lock: Lock | None
    changed: bool
    why: str
    differences: Sequence[str] = ()


def ensure_lock(  # noqa: PLR0913 - each is a distinct wish of the user
    spec: Spec,
    spec_file: Path,
    root: Path,
    *,
    update: bool,
    check: bool,
    diff: bool = False,
    allow_older: bool = False,
) -> Locked:
    """The lock beside `spec_file`, resolved when it is missing, stale, or `update` asks for it.

    With `check` nothing is written. Nothing is resolved then either unless `diff` asks what would
    change, and `lock` is None where that would be needed. Raises VES-305 at once when the lock
    cannot be written, VES-306 for what the host refuses, VES-326 when the lock says otherwise than
    the spec, and what the resolvers raise: VES-327 among it when an archive is older than the lock,
    unless `allow_older`.
    """
    path = lockfile.lock_path(spec_file)
    old = lockfile.read_lock(path)
    wanted = lockfile.requirements(spec, spec_file.parent, root)  # reads what lies beside it
    wants = RECIPES[spec.vessel].wants(spec)
    if old is not None and lockfile.answers(old, wanted) and not update:
        fixed.demand(old, path, spec, wants, root)
        return Locked(path, old, changed=False, why="the lock answers the spec")
    why = _why(old, wanted, update)
    if check and not diff:
        return Locked(path, None, changed=True, why=why)
    if not check:
        lockfile.demand_writable(path)
    needs = RESOLVING if old is None else 0
    with (
        _refusals_told(spec_file),
        turn("store", f"the lock of {spec.name}"),
        space(cache_root(), needs, "resolving the spec"),
    ):
        report(f"lock: resolving {spec_file.name}: {why}")
        known = old.suites if old and not allow_older else ()
        kept = Lock({}) if update or old is None else old
        lock = _resolve(spec, spec_file, wanted, kept, root, known)
        fixed.demand(lock, path, spec, wants, root)  # what was kept of the old one, too
        if check:
            changed = lock != old
        else:
            with space(path.parent, 0, "the lock"):  # another disk than the cache, maybe
                changed = lockfile.write_lock(path, lock, spec_file)
        return Locked(path, lock, changed, why, differences(old, lock))


@contextmanager
def _refusals_told(spec_file: Path) -> Iterator[None]:
    """Whatever the host refuses meanwhile: VES-306 with the path, never a bare number."""
    try:
        yield
    except OSError as error:
        raise VesselError.of(
            "VES-306",
            f"{spec_file} cannot be locked: {where(error)}: {reason(error)}",
            "Look at that file or directory: its owner, its mode, its file system.",
        ) from error


def _why(old: Lock | None, wanted: Mapping[str, Any], update: bool) -> str:
    if old is None:
        return "there is no lock yet"
    if update:
        return "an update was asked for"
    had = old.wanted
    parts = [part for part in {**wanted, **had} if had.get(part) != wanted.get(part)]
    asked = _asked(wanted.get("debian", {})) == _asked(had.get("debian", {}))
    own = {"rust": "crates", "go": "programs", **({"debian": "packages"} if asked else {})}
    if set(parts) <= set(own):
        others = [own[part] for part in parts] or ["programs"]
        return f"this version of Vessel takes other {', '.join(others)}"
    return f"changed in the spec: {', '.join(parts)}"


def _asked(debian: Mapping[str, Any]) -> dict[str, Any]:
    """What a user asked for of packages; without what this version of Vessel asks for besides."""
    repositories = [{"replaces": [], **each} for each in debian.get("repositories", ())]
    return {**debian, "base": "", "repositories": repositories}


def _resolve(  # noqa: PLR0913 - the last is of a lock that is not kept
    spec: Spec,
    spec_file: Path,
    wanted: dict[str, Any],
    old: Lock,
    root: Path,
    newer_than: Sequence[Suite],
) -> Lock:
    had, said = old.wanted, old.content
    wants = RECIPES[spec.vessel].wants(spec)
    if had.get("debian") == wanted["debian"]:
        packages, epoch = said["debian"], old.source_date_epoch
    else:
        packages = debian.resolve(
            wants.node,
            wants.tools,
            architecture=spec.architectures[0],
            distribution=DISTRIBUTIONS[spec.operating_system.distribution],
            release=spec.operating_system.release,
            repositories=_repositories(spec, spec_file),
            places=package_places(spec_file),
            compilers=wants.compilers,
            newer_than=newer_than,
        )
        epoch = packages.pop("source_date_epoch")
    fetched = {
        part: said[part] if had.get(part) == wanted[part] else _measured(wanted[part])
        for part in ("executables", "shims")
        if wanted.get(part)
    }
    go, tags = _resolve_go(wants, spec.architectures[0], old, packages, root)
    rust = rust_part(wants.rust, root)
    return Lock(
        {
            "schema": SCHEMA,
            "for": wanted,
            "architecture": spec.architectures[0],
            "source_date_epoch": epoch,
            **tags,
            **fetched,
            "debian": packages,
            "go": go,
            **({"rust": rust} if rust else {}),
        }
    )


def _repositories(spec: Spec, spec_file: Path) -> list[debian.Repository]:
    """The spec's package repositories; their keys lie beside it."""
    given = spec.customize["repositories"]
    return [
        debian.Repository(each["name"], each["uri"], each["suites"], each["components"],
                          spec_file.parent / each["key"], place, each["replaces"])
        for each, place in zip(given, repository_places(spec_file), strict=True)
    ]  # fmt: skip


def _measured(wanted: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the spec wants by URL and digest, fetched and verified, with sizes in bytes."""
    found = []
    for each in wanted:
        report(f"lock: fetching {shown(each['url'])}")
        blob = fetch(each["url"], the_store(), each["sha256"])
        found.append({**each, "size": blob.stat().st_size})
    return found


def _resolve_go(
    wants: Wants, architecture: str, old: Lock, packages: Mapping[str, Any], root: Path
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The lock's part for Go, and by program what each tells of others."""
    cache, unpacked = cache_root(), tools(root, packages["tools"])
    bootstrap = Tools(ensure(root, unpacked)).argv("go")
    locked = old.toolchain
    if locked.get("version") != TOOLCHAIN:
        locked = gomodule.toolchain(bootstrap, cache)
    goroot = ensure(root, toolchain(root, locked, tools=unpacked))
    go = Go.of(goroot, cache, build_environment(ARCHITECTURES[architecture]))
    given, told, programs = dict(wants.versions), {}, {}
    # What tells versions comes before what is told its own.
    for name in sorted(wants.modules, key=lambda each: (not GO_MODULES[each].tells, each)):
        program = GO_MODULES[name]
        version = program.version.format(**given)
        kept = old.go_modules.get(name, {})
        up_to_date = kept.get("version") == version and lockfile.is_by_recipe(name, kept)
        programs[name] = kept if up_to_date else gomodule.resolve(program, version, go)
        if program.tells:
            sources = gomodule.module_directory(program, version, go)
            told[name] = tags(program, version, sources)
            given |= versions(program, told[name])
    return {"toolchain": locked, "programs": programs}, told
