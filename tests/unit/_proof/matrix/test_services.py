from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import services
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.cells import Seen
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.ended import Ended
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.services import usage


def test_usage_is_the_first_containers() -> None:
    used = {"cpu": {"usageCoreNanoSeconds": 7}, "memory": {"workingSetBytes": 9}}
    pods = [
        {"podRef": {"name": "other"}, "containers": []},
        {"podRef": {"name": "busy"}, "containers": [used, {}]},
        {"podRef": {"name": "young"}, "containers": [{"cpu": {}}]},
    ]
    summary = json.dumps({"pods": pods})
    assert usage(summary, "busy") == (7, 9)
    assert [usage(summary, name) for name in ("other", "young", "none")] == [None] * 3


@pytest.mark.parametrize(
    ("seen", "passed"),
    [
        (Seen(0, services.GREETING, "", 0.0), True),
        (Seen(1, services.GREETING, "", 0.0), False),
        (Seen(0, "something else\n", "", 0.0), False),
        ("not ended: hello", False),
    ],
)
def test_the_manifest_of_the_docs_greets(
    monkeypatch: pytest.MonkeyPatch, seen: Seen | str, passed: bool
) -> None:
    monkeypatch.setattr(Ended, "container", lambda *_given: seen)
    assert services.manifest(Mock(), "wasmtime").passed is passed


@pytest.mark.parametrize(
    ("status", "used", "said"),
    [
        (0, {"cpu": {"usageCoreNanoSeconds": 1}, "memory": {"workingSetBytes": 2}}, "(1, 2)"),
        (0, {"cpu": {"usageCoreNanoSeconds": 0}, "memory": {"workingSetBytes": 2}}, "(0, 2)"),
        (0, {}, ": None"),
        (1, {}, "the kubelet gives no summary: refused"),
    ],
)
def test_metrics_are_above_zero_or_say_why_not(
    monkeypatch: pytest.MonkeyPatch, status: int, used: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(services, "must_run", lambda *_given: None)
    pod = {"podRef": {"name": "busy-wasmtime"}, "containers": [used]}
    answer = Mock(status=status, stdout=json.dumps({"pods": [pod]}), stderr="refused")
    context = Mock(patience=0.0)
    context.cluster.kubectl.return_value = answer
    found = services.metrics(context, "wasmtime")
    assert found.passed is (said == "(1, 2)") and found.actual.endswith(said)
