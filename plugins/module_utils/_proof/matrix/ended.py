"""What became of the containers of a pod that runs to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._machine.waiting import Silent, poll
from ..context import Context
from ..pods.status import Pod, container_statuses, seconds
from .cells import Seen


class Ended:
    """Pods whose containers have all ended, with their logs: asked for once, as under emulation
    each question takes seconds."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Pod, dict[str, str], list[dict[str, Any]], float]] = {}

    def container(self, context: Context, pod: str, name: str) -> Seen | str:
        """What became of a container; a text when it has not ended in time."""
        if pod not in self._known:
            missing = self._wait(context, pod)
            if missing:
                return missing
        found, logs, events, clock = self._known[pod]
        status = container_statuses(found)[name]
        ended = status.get("state", {}).get("terminated", {})
        waiting = status.get("state", {}).get("waiting", {})
        of_it = [
            e for e in events if e["involvedObject"].get("fieldPath", "").endswith(f"{{{name}}}")
        ]
        told = [
            *(str(part.get(key, "")) for part in (ended, waiting) for key in ("reason", "message")),
            *(f"{e.get('reason')}: {e.get('message')}" for e in of_it if e["type"] == "Warning"),
        ]
        at = seconds(ended["finishedAt"]) if "finishedAt" in ended else clock
        return Seen(int(ended.get("exitCode", 128)), logs.get(name, ""), "\n".join(told), at)

    def _wait(self, context: Context, pod: str) -> str:
        found: list[Pod] = []

        def look() -> str:
            found[:] = context.cluster.get(f"pod {pod}")
            if not found:
                return f"there is no pod {pod}"
            statuses = container_statuses(found[0])
            going = [name for name, status in statuses.items() if not _has_ended(status)]
            if statuses and not going:
                return ""
            return f"not ended: {', '.join(going) or 'all'}"

        missing = poll(look, context.patience)
        if missing:
            return missing
        said = context.cluster.kubectl(
            f"logs {pod} --all-containers --prefix --ignore-errors --tail=50", check=False
        )
        if said.status != 0:  # an empty log is an answer, no log is none
            raise Silent.of_guest("the API server", said.stderr)
        events = context.cluster.get(f"events --field-selector=involvedObject.name={pod}")
        self._known[pod] = (found[0], logs_by_container(said.stdout), events, context.now())
        return ""


def _has_ended(status: Mapping[str, Any]) -> bool:
    state = status.get("state", {})
    # A container that cannot be made is tried again for ever.
    return "terminated" in state or state.get("waiting", {}).get("reason", "").endswith("Error")


def logs_by_container(said: str) -> dict[str, str]:
    """What `kubectl logs --prefix` printed, container by container."""
    found: dict[str, str] = {}
    for line in said.splitlines(keepends=True):
        prefix, _, text = line.partition("] ")
        name = prefix.rpartition("/")[2]
        found[name] = found.get(name, "") + text
    return found
