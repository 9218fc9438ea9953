from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export.exported import Exported
from ansible_collections.vessel.image.plugins.module_utils._lock.engines import HANDLERS
from ansible_collections.vessel.image.plugins.module_utils._proof import (
    check as checks,
)
from ansible_collections.vessel.image.plugins.module_utils._proof import (
    prove,
    sequence,
)

CONTEXT = checks.Context(Exported(Path(), {"name": "n"}), Path())


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CHECKS", dict(checks.CHECKS))

    @checks.check("t.step", step=True)
    def step(context: checks.Context) -> checks.Verdict:
        raise VesselError.of("VES-999", "it broke", "line one\nline two")

    @checks.check("t.good")
    def fine(context: checks.Context) -> checks.Verdict:
        return checks.good("well")


def test_a_failed_step_ends_the_run_and_tells_why(listed: None) -> None:
    (result,) = checks.run_checks(CONTEXT, ["t.step", "t.good"], "node")
    assert not result.passed
    assert result.actual == "it broke"
    assert result.lines == ("line one", "line two")
    assert "line two" in prove.failure([result])


def test_results_carry_phase_and_boot(listed: None) -> None:
    (result,) = checks.run_checks(CONTEXT, ["t.good"], "image")
    assert result.key == "image/0/t.good"


def test_an_unknown_check_is_an_error() -> None:
    with pytest.raises(VesselError, match="VES-807"):
        checks.run_checks(CONTEXT, ["no.such"], "node")


def test_every_phase_names_known_checks() -> None:
    phases = sequence.phases(HANDLERS)
    assert set(phases) == {*sequence.BOOTS, "matrix"}
    for names in phases.values():
        assert set(names) <= set(checks.CHECKS)


def test_every_break_is_whole_and_names_known_checks(root: Path) -> None:
    files = sorted((root / "molecule").glob("*/breaks/*.yml"))
    assert len(files) >= 8
    for file in files:
        (task,) = yaml.safe_load(file.read_text(encoding="utf-8"))
        broken = task["vars"]["broken"]
        assert {"what", "apply", "checks", "cause", "revert"} <= set(broken)
        assert set(broken["checks"]) <= set(checks.CHECKS)
