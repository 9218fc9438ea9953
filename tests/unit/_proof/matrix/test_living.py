from __future__ import annotations

import re
from contextlib import nullcontext
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import living


def event(path: str | None, reason: str, kind: str = "Warning") -> dict[str, Any]:
    subject = {} if path is None else {"fieldPath": path}
    return {"type": kind, "reason": reason, "message": "why", "involvedObject": subject}


def test_warnings_are_of_one_container_or_of_the_pod() -> None:
    events = [
        event("spec.containers{module}", "Unhealthy"),
        event("spec.containers{native}", "BackOff"),
        event("spec.containers{module}", "Started", "Normal"),
        event(None, "FailedCreatePodSandBox"),
    ]
    assert living.warnings(events, "module") == ["Unhealthy: why", "FailedCreatePodSandBox: why"]


def pod(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"metadata": {"name": "x"}, "spec": {"restartPolicy": "Never"}, "status": status}]


def state(**states: Any) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "module", "state": states}]}


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (pod(state(running={"startedAt": "2026-11-29T07:00:00Z"})), ""),
        (
            pod(state(terminated={"exitCode": 1, "reason": "Error"})),
            "container module is not running: terminated with status 1 Error; Failed: why",
        ),
        (
            pod({"phase": "Failed", "reason": "NotSupported", "message": "no probes"}),
            "NotSupported: no probes; Failed: why",
        ),
        ([], "there is no pod x; Failed: why"),
    ],
)
def test_why_a_container_does_not_run(found: list[dict[str, Any]], missing: str) -> None:
    context = Mock(patience=0.0)
    events = [event("spec.containers{module}", "Failed")]
    context.cluster.get.side_effect = lambda what: events if what.startswith("events") else found
    with pytest.raises(living.NotRunning, match=re.escape(missing)) if missing else nullcontext():
        living.must_run(context, "x", "module")
