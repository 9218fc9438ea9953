from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow import planning
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Stage
from unit.stages import keep, plan_of, small

SHA256 = hashlib.sha256(b"12345").hexdigest()
PLAN = plan_of(small("qcow2"))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The directory of an image of `PLAN`, in the output `tmp_path`."""
    directory = tmp_path / "own"
    directory.mkdir()
    (directory / "a.qcow2").write_bytes(b"12345")
    (directory / "contents.json").touch()
    (directory / "report.html").touch()
    artifact = {"path": "a.qcow2", "size": 5, "sha256": SHA256}
    (directory / "manifest.json").write_text(json.dumps({"schema": 1, "artifacts": [artifact]}))
    (directory / "build.json").write_text(json.dumps({"plan": PLAN.id}))
    return directory


def test_an_image_of_this_plan_is_built(image: Path, tmp_path: Path) -> None:
    assert planning.is_built(PLAN, tmp_path, verify=True)


def test_other_stages_are_another_image(image: Path, tmp_path: Path) -> None:
    assert not planning.is_built(plan_of(small("raw")), tmp_path, verify=False)
    assert not planning.is_built(replace(PLAN, stem="other"), tmp_path, verify=False)


@pytest.mark.parametrize(
    "damage",
    [
        "truncated",
        "deleted",
        "no manifest",
        "no contents",
        "no build",
        "no report",
        "not json",
        "not ours",
    ],
)
def test_a_damaged_image_is_not_built(image: Path, tmp_path: Path, damage: str) -> None:
    if damage == "truncated":
        (image / "a.qcow2").write_bytes(b"1234")
    elif damage == "deleted":
        (image / "a.qcow2").unlink()
    elif damage.startswith("no "):
        (file,) = image.glob(f"{damage.removeprefix('no ')}.*")
        file.unlink()
    elif damage == "not json":
        (image / "manifest.json").write_text("{")
    else:
        (image / "manifest.json").write_text('{"schema": 1, "artifacts": 7}')
    assert not planning.is_built(PLAN, tmp_path, verify=False)


def test_a_flipped_byte_is_seen_with_verify(image: Path, tmp_path: Path) -> None:
    (image / "a.qcow2").write_bytes(b"12344")
    assert planning.is_built(PLAN, tmp_path, verify=False)
    assert not planning.is_built(PLAN, tmp_path, verify=True)


def planned(*goals: Stage, before: dict[str, dict[str, str]] | None = None) -> planning.Planned:
    return planning.Planned(plan_of(*goals), "own", before=before or {})


def why(before: dict[str, str] | None, **parts: str) -> str:
    told = planned(
        replace(small("node"), parts=parts), before={} if before is None else {"node": before}
    )
    [row] = told.rows()
    assert row["why"] in told.table()
    return str(row["why"])


def test_a_stage_says_why_it_runs(cache: Path) -> None:
    before = {"roles/base": "1", "programs": "1", "gone": "1"}
    changed = why(before, **{"roles/base": "2", "programs": "1", "customize": "1"})
    assert changed == "something has changed: roles/base, customize, gone"
    assert why(before, **before) == "its result is no longer kept"
    assert why(None, **before) == "no build of this spec has ended here yet"
    many = why({}, **{str(n): "1" for n in range(9)})
    assert many == "something has changed: 0, 1, 2, 3, 4 and 4 more"


def test_a_row_for_each_stage_says_whether_it_runs(cache: Path) -> None:
    tools = small("tools")
    tree = small("tree", tools)
    goal = small("qcow2", tree)
    keep(tree)
    told = planned(goal)
    assert [(row["name"], row["kept"]) for row in told.rows()] == [
        ("tools", True),  # not there, but what it would be for is
        ("tree", True),
        ("qcow2", False),
    ]
    assert told.table().splitlines() == [
        f"plan {told.id[:12]} for debian-13-amd64-v1.36.3-own",
        f"  kept  tools {tools.id[:12]}  make tools",
        f"  kept  tree  {tree.id[:12]}  make tree",
        f"  runs  qcow2 {goal.id[:12]}  make qcow2",
        "        because no build of this spec has ended here yet",
    ]


def test_of_an_image_that_is_there_nothing_runs(cache: Path) -> None:
    assert [row["kept"] for row in replace(planned(small("qcow2")), built=True).rows()] == [True]


def test_without_a_lock_there_is_no_plan(root: Path, tmp_path: Path) -> None:
    spec = tmp_path / "own.yml"
    spec.write_text('schema: 1\nname: own\nkubernetes: {version: "1.36.3"}\n')
    told = planning.plan_spec(spec, root, tmp_path / "output", keep=True)
    assert (told.plan, told.id, told.rows()) == (None, planning.NOT_LOCKED, [])
    assert told.table() == "no plan for own yet: the spec is not locked\n"


def test_a_plan_of_no_output_is_not_built(tmp_path: Path) -> None:
    assert not planning.is_built(PLAN, tmp_path, verify=False)
