"""Everything the offline half of a build needs is fetched and built, and found again later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import digest
from .._common.places import cache_root
from .._common.space import space
from .._common.turn import turn
from .._kinds.engines import ENGINES
from .._kinds.programs import GO_SOURCES
from .._lock.engines import released_engines
from .._lock.programs import build_key, recipes
from .._lock.rust import CRATES, built
from .._lock.rust import DIRECTORY as RUST
from .._plan.code import digests
from .._plan.plan import BUILDS, Plan
from .._store import gobuild, release, rustbuild
from .._store.debs import fetch_debs
from .._store.quick import quicken
from .._tree import kept
from .own import bring, own_digests, own_lacking, repository_roots
from .tools import ensure_compilers, ensure_goroot, ensure_tools, the_store

# What says how they and the lock's programs are built, with what it imports.
CODE = (*BUILDS, "plugins/module_utils/_flow/store.py")
# Bytes that building one of the lock's programs takes in modules and Go's build cache.
BUILDING = 1_500_000_000
# The same for a Rust program: compilers, crates, and what is compiled of them.
BUILDING_RUST = 6_000_000_000


def fill_store(plan: Plan) -> dict[str, str]:
    """Fetch and verify what the lock names, build what it says is built.

    Returns `<program>/<file name>` -> sha256, such as `kubernetes/kubelet`; ours are `native/…`,
    those in Rust `<name in CRATES>/…`.
    """
    made = the_store().record(_key(plan))
    debs = [package["sha256"] for package in plan.lock["debian"]["node"]]
    the_store().touch([*debs, *own_digests(plan), *(made or {}).values()])
    lacking = [p for p in plan.lock["debian"]["node"] if not the_store().path(p["sha256"])]
    tools = kept.is_kept(plan.stage("tools").id)
    if made is not None and not lacking and not own_lacking(plan) and tools:
        return made
    needs = sum(part["size"] for part in [*lacking, *own_lacking(plan)])
    needs += BUILDING * len(_unbuilt(plan)) + BUILDING_RUST * len(_unbuilt_rust(_rust_keys(plan)))
    with (
        turn("store", f"the store of {plan.spec['name']}"),
        space(cache_root(), needs, "filling the store"),
    ):
        made = _fill(plan)
    made |= _rust(plan)
    the_store().put_record(_key(plan), made)
    return made


def _unbuilt(plan: Plan) -> list[str]:
    """The lock's programs that the store does not have."""
    go = plan.lock["go"]
    keys = {n: build_key(n, p, go["toolchain"]["sum"]) for n, p in go["programs"].items()}
    return [name for name, key in keys.items() if the_store().record(key) is None]


def _unbuilt_rust(keys: Mapping[str, str]) -> list[str]:
    """The Rust programs of `keys` that the store does not have."""
    return [name for name, key in keys.items() if the_store().record(key) is None]


def _rust_keys(plan: Plan) -> dict[str, str]:
    """The store's record key of each of the lock's Rust programs."""
    compilers = [package["sha256"] for package in plan.lock["debian"].get("compilers", ())]
    source, architecture = Path(plan.root) / RUST, plan.lock["architecture"]
    return {
        name: rustbuild.build_key(CRATES[name], source, compilers, architecture)
        for name in built(plan.lock)
    }


def _rust(plan: Plan) -> dict[str, str]:
    """The lock's Rust programs, built unless the store has them.

    In a turn of their own: they take half an hour, and a build that wants none does not wait.
    """
    keys = _rust_keys(plan)
    if missing := _unbuilt_rust(keys):
        with (
            turn("rust", f"the Rust programs of {plan.spec['name']}"),
            space(cache_root(), BUILDING_RUST * len(missing), "building Rust programs"),
        ):
            keys = _build_rust(plan)
    return {
        f"{name}/{file}": sha256
        for name, key in keys.items()
        for file, sha256 in (the_store().record(key) or {}).items()
    }


def _build_rust(plan: Plan) -> dict[str, str]:
    """Build what is not there once it is our turn; returns the keys of all Rust programs."""
    # Of the sources as they are now: a build takes minutes, in which somebody may edit them.
    store, keys = the_store(), _rust_keys(plan)
    if missing := _unbuilt_rust(keys):
        tree = ensure_compilers(plan.lock["debian"]["compilers"])
        source, cargo = Path(plan.root) / RUST, tree.argv("cargo")
        crates, place = [CRATES[name] for name in missing], cache_root()
        made = rustbuild.build_rust(
            crates, source, tree.tree, cargo, store, place, plan.lock["architecture"]
        )
        for name, sha256 in zip(missing, made, strict=True):
            store.put_record(keys[name], {CRATES[name].binary: sha256})
    return keys


def _fill(plan: Plan) -> dict[str, str]:
    """All that the store needs but Rust programs."""
    store, root = the_store(), Path(plan.root)
    fetch_debs(plan.lock["debian"]["node"], store, repositories=repository_roots(plan))
    bring(plan)
    tools = ensure_tools(plan.lock["debian"], root)
    quicken(plan.lock["debian"]["node"], store, tools.argv("zstd"))
    goroot = ensure_goroot(plan.lock, root)
    made: dict[str, str] = {}
    for name, program in plan.lock["go"]["programs"].items():
        files = gobuild.build(name, program, goroot, store, cache_root())
        made |= {f"{name}/{file}": sha256 for file, sha256 in files.items()}
    for name, program in GO_SOURCES.items():
        made[f"native/{name}"] = gobuild.build_native(
            name, root / program.directory, program.package, goroot, store, cache_root()
        )
    for engine, sha256 in released_engines(plan.lock).items():
        name = ENGINES[engine].released
        made[f"{engine}/{name}"] = release.take(name, store.need(sha256, name), store)
    return made


def programs(plan: Plan) -> Mapping[str, str]:
    """What `fill_store` returned for this plan. Raises VES-112 when the store lacks any of it."""
    found = the_store().record(_key(plan))
    if found is None:
        raise VesselError.of(
            "VES-112",
            "the store does not hold what this plan needs",
            "Run `ansible-playbook build-image.yml`, or `packer build packer/` without plan_id.",
        )
    return found


def _key(plan: Plan) -> str:
    """An edited role needs nothing new of the store; another lock or builder does."""
    built_of = {
        "code": digests(Path(plan.root), CODE, ["native"]),
        "Go": recipes(plan.lock["go"]),
        "Rust": [asdict(CRATES[name]) for name in built(plan.lock)],
        "released": {name: ENGINES[name].released for name in released_engines(plan.lock)},
    }
    return digest({"lock": plan.lock_sha256, **built_of})
