"""A plan is kept in the cache and found by its id, as it was."""

from __future__ import annotations

import pkgutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils import _stages
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export import checksums, components
from ansible_collections.vessel.image.plugins.module_utils._export.formats import FORMATS
from ansible_collections.vessel.image.plugins.module_utils._export.papers import PAPERS
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan, load, save
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import (
    Blob,
    Kind,
    Made,
    Stage,
    stage,
)

MODULES = [
    import_module(f"{_stages.__name__}.{each.name}")
    for each in pkgutil.iter_modules(_stages.__path__)
]
KINDS: list[Kind] = [
    *(module.KIND for module in MODULES),
    *(each.kind for each in (*FORMATS.values(), *PAPERS.values())),
    *(checksums.KIND, components.KIND),
]
BLOBS = {
    "a": Blob("a" * 64, 1, "a", {"archive": "debian", "path": "pool/a.deb"}),
    "b": Blob("b" * 64, 2, "b", {"beside": "own/b"}, executable=True),
}


@pytest.fixture
def plan(root: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A stage of every kind: a chain, each made of the one before."""
    monkeypatch.setattr(Kind, "code", lambda self, root: {"code": self.name})
    found: list[Stage] = []
    for kind in KINDS:
        options = {"z": [1, {"y": None}], "a": {"x": True, "b": 0.5}}
        made = {"file": Made(found[-1], "a file")} if found else {}
        inputs = {"again": found[-1]} if found else {}
        one = stage(root, kind, options={**options, **made}, inputs=inputs, blobs=BLOBS)
        found.append(one)
    goals = (found[-1], found[-2])
    return Plan(root, root / "own.yml", "own", "debian-own", ("own",), found[0], goals)


def test_it_comes_back_equal(plan: Plan, cache: Path) -> None:
    assert save(plan).stat().st_mode & 0o777 == 0o600
    found = load(plan.id)
    assert found == plan
    assert found.id == plan.id
    assert [each.id for each in found.stages] == [each.id for each in plan.stages]
    assert [each.parts for each in found.stages] == [each.parts for each in plan.stages]
    assert found.tools is found.stages[0]  # the very stage, not a copy of it


def test_every_kind_is_found_again(plan: Plan, cache: Path) -> None:
    """Stages, formats and papers: with what makes them, which is no data."""
    assert len({kind.name for kind in KINDS}) == len(KINDS) == len(plan.stages)
    save(plan)
    for kind, found in zip(KINDS, load(plan.id).stages, strict=True):
        assert found.kind is kind


def test_options_are_sorted_and_blobs_come_back_in_their_order(plan: Plan, cache: Path) -> None:
    """A digest says nothing of the order of options, so a maker sees one order only."""
    save(plan)
    for found in load(plan.id).stages:
        assert list(found.options) == sorted(found.options)
        assert list(found.options["a"]) == ["b", "x"]
        assert list(found.blobs) == ["a", "b"]


def test_a_stage_is_found_by_its_name(plan: Plan) -> None:
    assert plan.stage("disk").kind.name == "disk"
    with pytest.raises(KeyError):
        plan.stage("none")


def test_another_name_or_goal_is_another_plan(plan: Plan) -> None:
    others = [replace(plan, name="x"), replace(plan, stem="x"), replace(plan, goals=plan.goals[:1])]
    assert len({plan.id, *(other.id for other in others)}) == 4
    assert replace(plan, spec_file=Path("moved.yml")).id == plan.id


def test_an_unknown_plan_is_refused(cache: Path) -> None:
    with pytest.raises(VesselError, match="VES-111"):
        load("0" * 64)
