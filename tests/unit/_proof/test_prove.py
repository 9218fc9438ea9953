"""A proof is written down as it goes: when, where, by which Vessel, and what was red before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.manifest import SCHEMA
from ansible_collections.vessel.image.plugins.module_utils._proof import check
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context
from ansible_collections.vessel.image.plugins.module_utils._proof.phases import IMAGE
from ansible_collections.vessel.image.plugins.module_utils._proof.prove import (
    Request,
    failure,
    prove,
)
from unit._proof.exported import exported

IMAGE_FILE = {"path": "n.qcow2", "format": "qcow2", "sha256": "a" * 64, "size": 1}


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An image whose check `t.seen` finds the text of the file `seen`, which should be `good`."""

    def run(context: Context) -> check.Verdict:
        return check.compare("good", (context.exported.directory / "seen").read_text())

    check.found()
    found = check.Check("t.seen", run, False, (IMAGE.at(9000),))
    monkeypatch.setitem(check._FOUND, "t.seen", found)
    held = {**exported().manifest, "schema": SCHEMA, "artifacts": [IMAGE_FILE], "stages": []}
    (tmp_path / "manifest.json").write_text(json.dumps(held))
    return tmp_path


def proved(output: Path, root: Path, seen: str, **more: Any) -> dict[str, Any]:
    (output / "seen").write_text(seen)
    spec = root / "specs/wasm-node.yml"
    prove(Request(output, spec, root, "image", checks=["t.seen"], **more))
    told: dict[str, Any] = json.loads((output / "proof.json").read_text())
    return told


def test_a_proof_says_when_where_and_by_which_vessel(output: Path, root: Path) -> None:
    told = proved(output, root, "good")
    (run,) = told["runs"]
    assert run["begun"] <= told["checks"][0]["at"] <= run["ended"]
    assert (run["phase"], run["boot"], run["passed"], run["failed"]) == ("image", 0, 1, [])
    assert run["vessel"] == told["vessel"] and set(run["vessel"]) == {"version", "commit"}
    assert run["host"]["cpus"] and "accelerator" not in run
    assert not told["passed"] and "image/0/image.sums" in told["not_run"]


def test_red_leaves_a_trace_when_it_is_green_and_when_a_proof_begins(
    output: Path, root: Path
) -> None:
    proved(output, root, "bad")
    told = proved(output, root, "good")
    assert [each["passed"] for each in told["checks"]] == [True]
    assert [each["actual"] for each in told["red_before"]] == ["'bad'"]
    assert [run["failed"] for run in told["runs"]] == [["t.seen"], []]
    proved(output, root, "worse")
    told = proved(output, root, "good", begin=True)
    assert [each["actual"] for each in told["red_before"]] == ["'bad'", "'worse'"]
    assert len(told["runs"]) == 4


def test_a_fault_of_a_check_is_written_down(output: Path, root: Path) -> None:
    proved(output, root, "good")
    (output / "seen").unlink()
    spec = root / "specs/wasm-node.yml"
    results = prove(Request(output, spec, root, "image", checks=["t.seen"]))
    assert "FileNotFoundError" in failure(results)
    told = json.loads((output / "proof.json").read_text())
    assert "FileNotFoundError" in told["checks"][0]["actual"]


def test_a_run_that_is_not_kept_leaves_the_proof_alone(output: Path, root: Path) -> None:
    told = proved(output, root, "good")
    assert proved(output, root, "bad", keep=False) == told
