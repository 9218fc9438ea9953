"""Waiting for a pod to be as it must, and looking at what its containers printed."""

from __future__ import annotations

from functools import partial

from ..._machine import console
from ..._machine.waiting import Stuck, poll
from ..check import Verdict
from ..context import Context
from .pod import ExpectedContainer, ExpectedPod
from .status import hopeless, troubles, unfinished

STUCK_AFTER = 45.0
LOG_PATIENCE = 60.0


def runs(context: Context, wanted: ExpectedPod) -> Verdict:
    """Every container of a pod is as wanted and printed what it must."""
    if context.fresh:
        context.cluster.delete_pod(wanted.name)
    trouble = await_pod(context, wanted)
    if trouble is not None:
        return Verdict(False, f"pod {wanted.name} runs", trouble[0], trouble[1:])
    printed = {}
    for each in wanted.containers:
        poll(partial(_differs, context, wanted.name, each), LOG_PATIENCE)
        actual = log(context, wanted.name, each.name)
        if actual != each.output:
            return Verdict(False, f"{each.name} printed {each.output!r}", repr(actual))
        printed[each.name] = actual
    shown = "; ".join(f"{key}: {text.strip()!r}" for key, text in printed.items())
    return Verdict(True, shown, f"status 0, {shown}")


def await_pod(context: Context, wanted: ExpectedPod) -> tuple[str, ...] | None:
    """Wait until the pod is as wanted; else what is missing, followed by telling lines."""
    context.cluster.apply([wanted.pod])
    since, begun = context.booted_at(), context.now() - 5
    stuck, over = Stuck(STUCK_AFTER), [False]
    found: list[str] = []

    def look() -> str:
        objects = context.cluster.get("pods,events")
        pods = [o for o in objects if o["kind"] == "Pod" and o["metadata"]["name"] == wanted.name]
        if not pods:
            return "the API server does not answer, or has no such pod"
        missing = unfinished(wanted, pods[0], since)
        events = [o for o in objects if o["kind"] == "Event"]
        found[:] = troubles(pods[0], events, begun) if missing else []
        stuck.note(bool(found))
        over[0] = hopeless(wanted, pods[0])
        return missing

    missing = poll(look, context.patience, lambda: over[0] or stuck())
    if not missing:
        return None
    shown = found or console.telling(
        context.sh("journalctl -b --no-pager -u containerd -u kubelet -n 80").splitlines()
    )
    return (missing, *shown[-8:])


def log(context: Context, pod: str, container: str) -> str:
    """What a container printed."""
    return context.cluster.kubectl(f"logs {pod} --container={container}", check=False).stdout


def _differs(context: Context, pod: str, wanted: ExpectedContainer) -> str:
    return "" if log(context, pod, wanted.name) == wanted.output else "another output"
