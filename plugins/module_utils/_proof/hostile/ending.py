"""What became of hostile pods, of their neighbour and of their node, as plain text and numbers, so
that it is tested without a cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..pods.status import Pod, container_statuses, seconds
from .catalogue import NAME

# Seconds without a beat: more than the engine's or the API server's own pauses under emulation, and
# less than a kubelet that is starved.
SILENCE = 15.0
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


def told(pod: Pod, log: str) -> str:
    """What became of a pod, as the patterns of the catalogue have it: how its container is, and the
    end of its log."""
    status = pod.get("status", {})
    if status.get("reason") == "Evicted":
        return f"evicted: {status.get('message', '')}"
    state = container_statuses(pod).get(NAME, {}).get("state", {})
    tail = f"; log {log[-300:]!r}"
    if ended := state.get("terminated"):
        reason, message = ended.get("reason", ""), ended.get("message", "")
        return f"ended {ended['exitCode']} {reason}: {message[-300:]}{tail}"
    if waits := state.get("waiting"):
        return f"waits {waits.get('reason')}: {waits.get('message', '')[:300]}"
    return f"runs{tail}" if "running" in state else "nothing yet"


def logs_by_pod(said: str) -> dict[str, str]:
    """What `kubectl logs --prefix` printed, pod by pod; one that was cut off ends without a line's
    end."""
    found = re.split(r"\[pod/([^/\]]+)/[^\]]+\] ", said)[1:]
    logs: dict[str, str] = {}
    for name, text in zip(found[::2], found[1::2], strict=True):
        logs[name] = logs.get(name, "") + text
    return logs


def fits(pattern: str, said: str) -> bool:
    """Whether what became of a pod is what the catalogue says."""
    return bool(re.search(pattern, said, re.DOTALL))


def silences(log: str, begun: float, now: float) -> list[str]:
    """Where the neighbour's beats stopped for too long, between `begun` and `now` (seconds since
    1970, by the guest's clock)."""
    beats = [float(line) for line in log.splitlines() if line.isdigit()]
    points = [begun, *(beat for beat in beats if begun < beat <= now), now]
    return [
        f"no beat for {after - before:.0f} s, {before - begun:.0f} s after the begin"
        for before, after in pairwise(points)
        if after - before > SILENCE
    ]


def restarted(pod: Pod) -> list[str]:
    """Whether the neighbour does not run, or not for the first time."""
    status = container_statuses(pod).get(NAME, {})
    if "running" not in status.get("state", {}):
        return [f"the neighbour does not run: {status.get('state', {})}"]
    count = status.get("restartCount", 0)
    return [f"the neighbour was started again {count} times"] if count else []


def unwell(nodes: Sequence[Mapping[str, Any]], name: str, begun: float) -> list[str]:
    """What is wrong with the node called `name`: it is not Ready or under pressure, or was so since
    `begun` and has recovered."""
    found = [each for each in nodes if each["metadata"]["name"] == name]
    if not found:
        return [f"there is no node {name}"]
    conditions = {each["type"]: each for each in found[0]["status"].get("conditions", ())}
    ready = conditions.get("Ready", {"status": "not told"})
    wrong = [] if ready["status"] == "True" else [f"Ready is {ready['status']}"]
    for kind in PRESSURES:
        if conditions.get(kind, {}).get("status", "False") != "False":
            wrong.append(f"{kind}: {conditions[kind].get('message')}")
    # Krustlet's node has no pressures, and calls each of its beats a transition.
    kubelets = [conditions[kind] for kind in ("Ready", *PRESSURES) if kind in conditions]
    for each in kubelets if len(kubelets) > 1 else ():
        if seconds(each["lastTransitionTime"]) > begun:
            wrong.append(f"{each['type']} changed at {each['lastTransitionTime']}")
    return wrong
