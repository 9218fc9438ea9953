from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.check import Verdict
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.cells import Seen
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


# What is found when something else failed than the engine; `{row}` is the image of the cell's pod.
OTHER_CAUSES = (
    "",
    "None",
    "'', log ''",
    "status 0",
    "status 255",
    "0 s",
    "not ended: {row}",
    "not ended: all",
    "not ended: module; log ''",
    "there is no pod cells-x",
    "the guest node gave no whole answer: status 255",
    "the kubelet gives no summary: connection refused",
    "container sidecar is not running: no state yet",
    "container native is not running: waiting ContainerCreating",
    "container module is not running: waiting ErrImagePull: failed to pull vessel.test/{row}:1",
    "container sidecar is not running: terminated with status 137 OOMKilled",
    "container native is not running: terminated with status 137 Error",
    "not ready; Failed: Failed to pull image vessel.test/{row}:1: ErrImagePull",
    "Evicted: the node was low on memory",
    str(Seen(137, "", "OOMKilled", 0.0)),
    str(Seen(137, "status 0, log", "Error", 0.0)),
    str(Seen(128, "", "ErrImagePull: malformed version of vessel.test/{row}:1", 0.0)),
)
LIMITS = [(name, row) for name, runtime in RUNTIMES.items() for row in runtime.limits]


@pytest.mark.parametrize(("column", "row"), LIMITS)
def test_another_cause_is_no_limit(column: str, row: str) -> None:
    found = [text.format(row=row) for text in OTHER_CAUSES]
    assert [each for each in found if judged(column, row, Verdict(False, "", each)).passed] == []


def test_what_shows_a_limit_is_told() -> None:
    found = judged("wasmedge", "exit", RED)
    assert found.expected.endswith("in \"status 0, log ''\"")
