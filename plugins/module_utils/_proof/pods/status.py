"""What a pod's status and events say of it: plain data, so that it is tested without a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .pod import ExpectedPod

Pod = Mapping[str, Any]


def unfinished(wanted: ExpectedPod, pod: Pod, since: float) -> str:
    """What still has to happen until `pod` is as wanted, after `since` (seconds since 1970);
    empty when nothing has."""
    statuses = container_statuses(pod)
    if wanted.fails:
        phase = pod.get("status", {}).get("phase")
        return "" if phase == "Failed" else f"its phase is {phase}, not Failed"
    for each in wanted.containers:
        state = statuses.get(each.name, {}).get("state", {})
        if each.status is None:
            began = state.get("running", {}).get("startedAt")
            if began is None or seconds(began) < since:
                return f"container {each.name} is not running: {_brief(state)}"
            continue
        ended = state.get("terminated", {})
        if "finishedAt" not in ended or seconds(ended["finishedAt"]) < since:
            return f"container {each.name} has not ended: {_brief(state)}"
        if ended["exitCode"] != each.status:
            return f"container {each.name} ended with status {ended['exitCode']}"
    return ""


def hopeless(wanted: ExpectedPod, pod: Pod) -> bool:
    """Whether what is missing cannot come any more: a program that must stay has ended, in a pod
    that starts none again."""
    if pod["spec"].get("restartPolicy") != "Never" or wanted.fails:
        return False
    statuses = container_statuses(pod)
    states = [statuses.get(each.name, {}).get("state", {}) for each in wanted.containers
              if each.status is None]  # fmt: skip
    return any("terminated" in state for state in states)


def troubles(pod: Pod, events: Iterable[Mapping[str, Any]], since: float) -> list[str]:
    """What kubelet and the runtime say against the pod: reasons and messages, newest last.

    Events count only when they are of this very pod and after `since` (seconds since 1970).
    """
    found = []
    for event in events:
        if event.get("type") != "Warning" or _subject(event) != pod["metadata"]["uid"]:
            continue
        if _event_time(event) >= since:
            found.append(f"{event.get('reason')}: {event.get('message')}")
    for name, status in container_statuses(pod).items():
        waiting = status.get("state", {}).get("waiting", {})
        if waiting.get("message"):
            found.append(f"{name}: {waiting.get('reason')}: {waiting['message']}")
        for state in (status.get("lastState", {}), status.get("state", {})):
            ended = state.get("terminated", {})
            if ended.get("exitCode"):
                found.append(f"{name}: {_brief(state)}")
    return list(dict.fromkeys(found))


def container_statuses(pod: Pod) -> dict[str, Mapping[str, Any]]:
    """Every container's status by its name, init containers first."""
    status = pod.get("status", {})
    lists = (status.get("initContainerStatuses", []), status.get("containerStatuses", []))
    return {entry["name"]: entry for entries in lists for entry in entries}


def running_since(pod: Pod, since: float) -> str:
    """Why `pod` is not running with every container started after `since`; empty when it is."""
    name = pod["metadata"]["name"]
    statuses = pod.get("status", {}).get("containerStatuses", [])
    if not statuses:
        return f"{name}: no container yet"
    for status in statuses:
        began = status.get("state", {}).get("running", {}).get("startedAt")
        if began is None:
            return f"{name}: {status['name']} is not running: {_brief(status.get('state', {}))}"
        if seconds(began) < since:
            return f"{name}: {status['name']} has not been started again"
        if not status.get("ready"):
            return f"{name}: {status['name']} is not ready"
    return ""


def seconds(stamp: str) -> float:
    """A Kubernetes time stamp (RFC 3339, UTC) as seconds since 1970."""
    text = stamp.removesuffix("Z").partition(".")[0]
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _subject(event: Mapping[str, Any]) -> Any:
    return event.get("involvedObject", {}).get("uid")


def _event_time(event: Mapping[str, Any]) -> float:
    series = event.get("series") or {}
    for stamp in (series.get("lastObservedTime"), event.get("lastTimestamp"),
                  event.get("eventTime")):  # fmt: skip
        if stamp:
            return seconds(stamp)
    return 0.0


def _brief(state: Mapping[str, Any]) -> str:
    for kind, detail in state.items():
        words = [kind, detail.get("reason", ""), detail.get("message", "").strip()]
        if "exitCode" in detail:
            words.insert(1, f"with status {detail['exitCode']}")
        return " ".join(word for word in words if word)
    return "no state yet"
