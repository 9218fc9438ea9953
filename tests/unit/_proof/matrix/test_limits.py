from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._proof.check import Verdict
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.limits import (
    LIMITS,
    judged,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.rows import COLUMNS, titles

RED, GREEN = Verdict(False, "42", "status 0, log ''"), Verdict(True, "42", "status 42")


def test_limits_are_of_handlers_and_cells_that_exist() -> None:
    assert set(LIMITS) == set(COLUMNS)
    for limits in LIMITS.values():
        assert set(limits) <= set(titles())


def test_without_a_limit_a_verdict_stays() -> None:
    assert judged("wasmtime", "exit", RED) is RED
    assert judged("wasmtime", "exit", GREEN) is GREEN


def test_a_limit_is_expected_by_its_symptom_only() -> None:
    assert judged("wasmedge", "exit", RED).passed
    other = Verdict(False, "42", "there is no pod cells-wasmedge")
    assert not judged("wasmedge", "exit", other).passed


def test_an_unexpected_pass_is_a_failure() -> None:
    found = judged("wasmedge", "exit", GREEN)
    assert not found.passed and "it works" in found.actual
