"""Each check of a proof has a break that turns it red, or it is said why it has none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._proof import sequence
from ansible_collections.vessel.image.plugins.module_utils._proof.runtimes import RUNTIMES
from unit._proof.exported import exported

STEPS = {step.name: step for step in sequence.steps(exported())}
CHECKS = {step.check.name for step in STEPS.values()}
ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "molecule").glob("*/breaks/*.yml"))
ROW = "matrix.{}."
NONE = "none: "


def broken(file: Path) -> Mapping[str, Any]:
    (task,) = yaml.safe_load(file.read_text(encoding="utf-8"))
    found: Mapping[str, Any] = task["vars"]["broken"]
    return found


def covered() -> set[str]:
    """The checks that a scenario turns red: by a break, or as a row that an engine cannot do."""
    names = {STEPS[name].check.name for file in FILES for name in broken(file)["checks"]}
    limits = {row for runtime in RUNTIMES.values() for row in runtime.limits}
    return names | {f"{ROW}{row}" for row in limits}


def elsewhere() -> dict[str, str]:
    """Check -> the unit or integration test that sees it red, or why nothing does."""
    text = (Path(__file__).parent / "unbroken.yml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_a_break_is_whole_and_names_the_cause_of_each_check(file: Path) -> None:
    found = broken(file)
    assert {"what", "apply", "checks", "revert"} <= set(found)
    assert set(found) <= {"what", "apply", "checks", "revert", "fresh", "patience"}
    assert found["checks"] and set(found["checks"]) <= set(STEPS)
    for cause in found["checks"].values():
        assert len(cause) >= 3 and not re.search(cause, "")


def test_a_break_breaks_the_machine_and_mends_it() -> None:
    for file in FILES:
        found = broken(file)
        assert len({found["apply"].strip(), found["revert"].strip(), "true", ""}) == 4, file


def test_every_check_has_a_break_or_a_reason() -> None:
    assert len(FILES) >= 20
    told = set(elsewhere())
    assert sorted(CHECKS - covered() - told) == []
    assert sorted(told - CHECKS) == [], "there is no such check"
    assert sorted(told & covered()) == [], "it has a break"


def test_a_test_that_sees_a_check_red_names_it() -> None:
    for name, where in elsewhere().items():
        if where.startswith(NONE):
            assert len(where) > len(NONE) + 10
            continue
        text = (ROOT / where).read_text(encoding="utf-8")
        word = re.escape(name.removeprefix(ROW).removeprefix("image."))
        assert re.search(rf"\b{word}\b", text), f"{where} says nothing of {name}"
