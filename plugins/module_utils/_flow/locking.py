"""Spec to lock: every part that the spec still agrees with is kept, the others are resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.places import cache_root
from .._common.progress import report
from .._common.space import space
from .._common.turn import turn
from .._kinds.architectures import ARCHITECTURES
from .._kinds.distributions import DISTRIBUTIONS
from .._kinds.programs import GO_MODULES
from .._lock import debian, gomodule, kubernetes, lockfile
from .._lock.compare import differences
from .._lock.packages import node_packages, rust_packages, tools_packages
from .._lock.programs import TOOLCHAIN
from .._lock.rust import rust_part
from .._spec.load import package_places
from .._spec.model import Spec
from .._store import toolchain
from .own import measured, repositories
from .tools import ensure_tools

# Bytes: package lists, the tools tree, the Go toolchain and the modules that say what they need.
RESOLVING = 2_500_000_000


@dataclass(frozen=True, slots=True)
class Locked:
    """The lock of a spec, where it lies, and whether this run wrote it."""

    path: Path
    lock: Mapping[str, Any] | None
    changed: bool
    why: str
    differences: Sequence[str] = ()


def ensure_lock(  # noqa: PLR0913 - each is a distinct wish of the user
    spec: Spec, spec_file: Path, root: Path, *, update: bool, check: bool, diff: bool = False
) -> Locked:
    """The lock beside `spec_file`, resolved when it is missing, stale, or `update` asks for it.

    With `check` nothing is written. Nothing is resolved then either unless `diff` asks what would
    change, and `lock` is None where that would be needed.
    """
    path = lockfile.lock_path(spec_file)
    old = lockfile.read_lock(path)
    wanted = lockfile.requirements(spec, spec_file.parent, root)  # reads what lies beside it
    if old is not None and old["for"] == wanted and not update:
        return Locked(path, old, changed=False, why="the lock answers the spec")
    why = _why(old, wanted, update)
    if check and not diff:
        return Locked(path, None, changed=True, why=why)
    needs = RESOLVING if old is None else 0
    with (
        turn("store", f"the lock of {spec.name}"),
        space(cache_root(), needs, "resolving the spec"),
        space(path.parent, 0, "the lock"),
    ):
        report(f"lock: resolving {spec_file.name}: {why}")
        lock = _resolve(spec, spec_file, wanted, {} if update or old is None else old, root)
        changed = lock != old if check else lockfile.write_lock(path, lock, spec_file)
        return Locked(path, lock, changed, why, differences(old, lock))


def _why(old: Mapping[str, Any] | None, wanted: Mapping[str, Any], update: bool) -> str:
    if old is None:
        return "there is no lock yet"
    if update:
        return "an update was asked for"
    had = old.get("for", {})
    parts = [part for part in {**wanted, **had} if had.get(part) != wanted.get(part)]
    if parts == ["rust"]:
        return "this version of Vessel builds of other crates"
    return f"changed in the spec: {', '.join(parts)}"


def _resolve(
    spec: Spec, spec_file: Path, wanted: dict[str, Any], old: Mapping[str, Any], root: Path
) -> dict[str, Any]:
    had = old.get("for", {})
    rust = rust_part(spec, root)
    system, architecture = spec.operating_system, spec.architectures[0]
    distribution = DISTRIBUTIONS[system.distribution]
    if had.get("debian") == wanted["debian"]:
        packages, epoch = old["debian"], old["source_date_epoch"]
    else:
        packages = debian.resolve(
            (
                *node_packages(distribution, system.kernel, architecture, spec.wasm.built),
                *spec.customize["packages"],
            ),
            tools_packages(distribution, ARCHITECTURES[architecture]),
            architecture=architecture,
            distribution=distribution,
            release=system.release,
            repositories=repositories(spec, spec_file.parent),
            places=package_places(spec_file),
            compilers=rust_packages(distribution, architecture) if rust else (),
        )
        epoch = packages.pop("source_date_epoch")
    fetched = {
        part: old[part] if had.get(part) == wanted[part] else measured(wanted[part])
        for part in ("executables", "shims")
        if wanted.get(part)
    }
    go, tags = _resolve_go(spec, old, packages, root)
    return {
        "schema": lockfile.SCHEMA,
        "for": wanted,
        "architecture": spec.architectures[0],
        "source_date_epoch": epoch,
        "kubernetes": tags,
        **fetched,
        "debian": packages,
        "go": go,
        **({"rust": rust} if rust else {}),
    }


def _resolve_go(
    spec: Spec, old: Mapping[str, Any], packages: Mapping[str, Any], root: Path
) -> tuple[dict[str, Any], dict[str, str]]:
    cache = cache_root()
    bootstrap = ensure_tools(packages, root).argv("go")
    had = old.get("go", {})
    locked = had.get("toolchain", {})
    if locked.get("version") != TOOLCHAIN:
        locked = gomodule.toolchain(bootstrap, cache)
    goroot = toolchain.ensure(locked, bootstrap, cache)
    programs: dict[str, Any] = {}

    def add(name: str, **versions: str) -> None:
        version = GO_MODULES[name].version.format(**versions)
        kept = had.get("programs", {}).get(name, {})
        if kept.get("version") == version:
            programs[name] = kept
            return
        programs[name] = gomodule.resolve(name, version, goroot, cache)

    given = {
        "kubernetes": spec.kubernetes.version,
        "containerd": spec.container_runtime.containerd,
    }
    add("kubernetes", **given)
    sources = gomodule.module_directory("kubernetes", spec.kubernetes.version, goroot, cache)
    tags = kubernetes.versions(spec.kubernetes.version, sources)
    given |= kubernetes.module_versions(tags)
    for name in GO_MODULES:
        if name not in programs:
            add(name, **given)
    return {"toolchain": locked, "programs": programs}, tags
