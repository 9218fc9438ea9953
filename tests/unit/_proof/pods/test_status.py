from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.pods import pod as pods
from ansible_collections.vessel.image.plugins.module_utils._proof.pods import status

SINCE = status.seconds("2026-01-01T12:00:00Z")
AFTER, BEFORE = "2026-01-01T12:00:30Z", "2026-01-01T11:59:00Z"


def ended(status: int, at: str = AFTER, **more: str) -> dict[str, Any]:
    return {"terminated": {"exitCode": status, "finishedAt": at, "startedAt": at, **more}}


def running(at: str = AFTER) -> dict[str, Any]:
    return {"running": {"startedAt": at}}


def pod(once: dict[str, Any], stay: dict[str, Any], phase: str = "Running") -> dict[str, Any]:
    return {
        "metadata": {"name": "hello-wasmedge", "uid": "u1"},
        "status": {
            "phase": phase,
            "initContainerStatuses": [{"name": "once", "state": once}],
            "containerStatuses": [{"name": "stay", "state": stay, "ready": True}],
        },
    }


@pytest.mark.parametrize(
    ("once", "stay", "missing"),
    [
        (ended(0), running(), ""),
        (ended(0, BEFORE), running(), "once has not ended"),
        (ended(0), running(BEFORE), "stay is not running"),
        (ended(1, reason="Error"), running(), "once ended with status 1"),
        (ended(0), {"waiting": {"reason": "CrashLoopBackOff"}}, "CrashLoopBackOff"),
        ({}, {}, "once has not ended: no state yet"),
    ],
)
def test_what_is_missing(once: dict[str, Any], stay: dict[str, Any], missing: str) -> None:
    found = status.unfinished(pods.hello("wasmedge"), pod(once, stay), SINCE)
    assert (missing in found) if missing else (found == "")


@pytest.mark.parametrize(
    ("policy", "sidecar", "over"),
    [("Never", ended(0), True), ("Never", running(), False), ("Always", ended(0), False)],
)
def test_what_ended_and_is_not_started_again_is_not_waited_for(
    policy: str, sidecar: dict[str, Any], over: bool
) -> None:
    wanted = pods.beside("wasmedge", "beside-wasmedge", restartPolicy=policy)
    states = {"stay": running(), "sidecar": sidecar}
    statuses = [{"name": name, "state": state} for name, state in states.items()]
    found = {**wanted.pod, "status": {"containerStatuses": statuses}}
    assert status.hopeless(wanted, found) is over


@pytest.mark.parametrize(("phase", "done"), [("Failed", True), ("Succeeded", False)])
def test_a_trap_must_fail(phase: str, done: bool) -> None:
    assert (status.unfinished(pods.trap("wasmedge"), pod({}, {}, phase), SINCE) == "") is done


def test_only_the_mixed_pod_has_a_sidecar_and_an_annotation() -> None:
    pure, mixed = pods.hello("wasmedge"), pods.hello("wasmedge-mixed")
    assert pure.pod["metadata"]["annotations"] == {}
    assert mixed.pod["metadata"]["annotations"] == {"module.wasm.image/variant": "compat-smart"}
    assert [each.name for each in mixed.containers] == ["once", "stay", "sidecar"]
    assert mixed.pod["spec"]["runtimeClassName"] == "wasmedge-mixed"


def event(uid: str, at: str, kind: str = "Warning") -> dict[str, Any]:
    return {
        "type": kind,
        "reason": "FailedCreatePodSandBox",
        "message": 'no runtime for "x" is configured',
        "involvedObject": {"uid": uid},
        "lastTimestamp": at,
    }


def test_troubles_are_of_this_pod_and_recent() -> None:
    events = [event("u1", AFTER), event("u2", AFTER), event("u1", BEFORE),
              event("u1", AFTER, "Normal")]  # fmt: skip
    found = status.troubles(pod({}, {}), events, SINCE)
    assert found == ['FailedCreatePodSandBox: no runtime for "x" is configured']


def test_troubles_tell_why_a_container_cannot_start() -> None:
    why = {"waiting": {"reason": "RunContainerError", "message": "could not load libwasmedge"}}
    assert "libwasmedge" in status.troubles(pod(why, {}), [], SINCE)[0]
    gone = ended(128, reason="StartError", message="could not load libwasmedge")
    assert (
        "with status 128 StartError could not load" in status.troubles(pod(gone, {}), [], SINCE)[0]
    )


def test_a_container_of_an_earlier_boot_does_not_count() -> None:
    assert status.running_since(pod({}, running()), SINCE) == ""
    assert "not been started again" in status.running_since(pod({}, running(BEFORE)), SINCE)
    assert "no container yet" in status.running_since({"metadata": {"name": "p"}}, SINCE)


def test_time_stamps_with_and_without_fractions() -> None:
    assert status.seconds("2026-01-01T12:00:00.123456Z") == SINCE
