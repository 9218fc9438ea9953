"""Who waits for whom while the store is filled: a Rust build keeps nobody from the rest."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.turn import turn
from ansible_collections.vessel.image.plugins.module_utils._flow import cache as pruning
from ansible_collections.vessel.image.plugins.module_utils._flow import store as module
from ansible_collections.vessel.image.plugins.module_utils._flow.tools import the_store
from ansible_collections.vessel.image.plugins.module_utils._lock import programs
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan, Stage

LOCK: dict[str, Any] = {
    "debian": {"node": [], "compilers": []},
    "go": {"toolchain": {"sum": ""}, "programs": {}},
    "rust": {"versions": {"wasmer": "7"}},
    "architecture": "amd64",
}
SHIM = "containerd-shim-wasmer-v1"


def held(cache: Path) -> set[str]:
    """The names of the turns that somebody has."""
    names = set()
    for path in (cache / "locks").glob("*"):
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                names.add(path.name)
    return names


@pytest.fixture
def plan(root: Path, cache: Path) -> Plan:
    """A plan whose lock wants one Rust program, and nothing else."""
    stages = (Stage("tools", "unpack the tools", "1" * 64, (), {}),)
    spec = ({"name": "own"}, "2" * 64)
    return Plan("3" * 64, str(root), str(root / "own.yml"), *spec, LOCK, "4" * 64, stages)


@pytest.fixture
def turns(cache: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """What was made -> the turns that were had then; the tools are not there to make it."""
    seen: dict[str, set[str]] = {}

    def fill(plan: Plan) -> dict[str, str]:
        seen["the rest"] = held(cache)
        return {}

    def build(crates: Any, *_given: Any) -> Iterator[str]:
        for crate in crates:
            seen[crate.binary] = held(cache)
            (cache / crate.binary).write_text(crate.binary)
            yield the_store().add_file(cache / crate.binary)

    tree = SimpleNamespace(tree=cache, argv=lambda name: [name])
    monkeypatch.setattr(module, "_fill", fill)
    monkeypatch.setattr(module, "ensure_compilers", lambda packages: tree)
    monkeypatch.setattr(module.rustbuild, "build_rust", build)
    monkeypatch.setattr(module, "BUILDING_RUST", 1)
    return seen


def test_each_is_made_in_its_own_turn(plan: Plan, turns: dict[str, set[str]]) -> None:
    made = module.fill_store(plan)
    assert list(made) == [f"wasmer/{SHIM}"]
    assert turns == {"the rest": {"store"}, SHIM: {"rust"}}


def test_what_another_build_made_meanwhile_is_taken(
    plan: Plan, turns: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(name: str, who: str) -> Any:
        if name == "rust" and SHIM not in turns:
            module._build_rust(plan)
        return turn(name, who)

    monkeypatch.setattr(module, "turn", wait)
    assert list(module.fill_store(plan)) == [f"wasmer/{SHIM}"]
    assert turns[SHIM] == set()  # not made again, in its turn


def test_pruning_waits_for_both(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(pruning, "items", lambda: seen.append(held(cache)) or [])
    pruning.prune(0, None)
    assert seen == [{"store", "rust", "stages"}]


@pytest.mark.parametrize(
    ("edited", "old", "new", "moves"),
    [
        ("_lock/gocommand.py", '"GOOS": "linux"', '"GOOS": "plan9"', True),
        ("_lock/programs.py", '"-w")', '"-w", "-x")', True),
        ("_lock/programs.py", "# Symbols and DWARF", "# These", False),
        ("_store/compiling.py", "REPORT_EVERY = 8.0", "REPORT_EVERY = 5.0", False),
    ],
)
def test_how_programs_are_built_is_asked_again(  # another flag is another program
    plan: Plan, root: Path, tmp_path: Path, edited: str, old: str, new: str, moves: bool
) -> None:
    for name in ("plugins", "native"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("target"))
    here = replace(plan, root=str(tmp_path))
    before, path = module._key(here), tmp_path / "plugins/module_utils" / edited
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert (module._key(here) != before) is moves


def test_a_value_of_a_kind_is_asked_again(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    etcd = {"version": "v3.6.8", "time": ""}
    here = replace(plan, lock={**LOCK, "go": {"toolchain": {}, "programs": {"etcd": etcd}}})
    before, had = module._key(here), programs.GO_MODULES
    moved = {**had, "etcd": replace(had["etcd"], tags=("netgo",))}
    monkeypatch.setattr(programs, "GO_MODULES", moved)
    assert module._key(here) != before
