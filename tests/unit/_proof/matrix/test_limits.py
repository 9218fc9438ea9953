from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._proof.check import Verdict
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.limits import (
    judged,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.rows import titles
from ansible_collections.vessel.image.plugins.module_utils._proof.runtimes import RUNTIMES

RED, GREEN = Verdict(False, "42", "status 0, log ''"), Verdict(True, "42", "status 42")


def test_limits_are_of_rows_that_exist() -> None:
    for runtime in RUNTIMES.values():
        assert set(runtime.limits) <= set(titles()), runtime.name


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
