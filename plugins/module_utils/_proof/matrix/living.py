"""Asking a pod that stays: for its containers, and for what kubectl does with one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from ..._machine.waiting import poll
from ..cluster.kubectl import ADMIN
from ..context import Context
from ..pods.pod import ExpectedContainer, ExpectedPod
from ..pods.status import hopeless, unfinished

# Seconds for one kubectl: a stream that no runtime answers stays open.
ASK_LIMIT = 60


def ask(context: Context, words: str, stdin: str = "") -> str:
    """What the guest's kubectl prints on either stream, and its status; 124 when it was ended."""
    return context.sh(
        f"printf %s {shlex.quote(stdin)}"
        f" | timeout {ASK_LIMIT} kubectl --kubeconfig={ADMIN} {words} 2>&1"
        " && echo status 0 || echo status $?"
    )


class NotRunning(Exception):
    """A container does not run that a row asks something of: why, and what the kubelet warns of."""


def must_run(context: Context, pod: str, name: str) -> None:
    """Wait until container `name` of `pod` runs; raises `NotRunning` when it does not."""
    over = [False]

    def look() -> str:
        found = context.cluster.get(f"pod {pod}")
        if not found:
            return f"there is no pod {pod}"
        wanted = ExpectedPod(found[0], (ExpectedContainer(name, "", None),))
        status = found[0].get("status", {})
        refused = f"{status['reason']}: {status.get('message')}" if "reason" in status else ""
        over[0] = bool(refused) or hopeless(wanted, found[0])
        return refused or unfinished(wanted, found[0], 0)

    missing = poll(look, context.patience, lambda: over[0])
    if missing:
        raise NotRunning("; ".join((missing, *warned(context, pod, name))))


def warned(context: Context, pod: str, name: str) -> list[str]:
    """What the kubelet warns of container `name`, and of its pod as a whole."""
    events = context.cluster.get(f"events --field-selector=involvedObject.name={pod}")
    return warnings(events, name)


def warnings(events: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """Those of a pod's events that warn of container `name`, or of no container in particular."""
    return [
        f"{event.get('reason')}: {event.get('message')}"
        for event in events
        if event["type"] == "Warning"
        and event["involvedObject"].get("fieldPath", f"{{{name}}}").endswith(f"{{{name}}}")
    ]
