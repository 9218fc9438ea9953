"""Asking the cluster in a guest, and changing it, by kubectl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._common.errors import VesselError
from ..._common.run import Result
from ..._machine.waiting import Silent, poll
from .kubectl import Kubectl

# Seconds for one request, which a busy server forgets.
REQUEST_LIMIT = "--request-timeout=60s"
# Seconds in which a server that is busy, or just starts, answers a question.
ANSWER_WITHIN = 20.0
# What kubectl says of an object that is not there: the answer of a server that was reached.
NOT_THERE = "Error from server (NotFound): "
# Validation fetches the whole OpenAPI document, a minute's work for an emulated API server.
APPLY = f"apply --validate=false {REQUEST_LIMIT}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of one guest."""

    way: Kubectl

    def kubectl(self, arguments: str, *, stdin: str = "", check: bool = True) -> Result:
        """Run `kubectl <arguments>`, words as a shell splits them."""
        return self.way.run(arguments, stdin=stdin, check=check)

    def insist(self, arguments: str, *, stdin: str = "", patience: float = 600) -> None:
        """Run `kubectl <arguments>` until it succeeds, at most `patience` seconds.

        A control plane that comes up, or is emulated, refuses some requests and lets others time
        out; only what it still refuses in the end is an error. Raises VES-102 with that.
        """
        refused: list[VesselError] = []

        def attempt() -> str:
            try:
                self.kubectl(arguments, stdin=stdin)
            except VesselError as error:
                refused[:] = [error]
                return error.problems[0].what
            return ""

        if poll(attempt, patience):
            raise refused[0]

    def get(self, what: str) -> list[dict[str, Any]]:
        """The items of `kubectl get <what>`; empty when the API server says that there are none.
        Raises `Silent` when it says nothing."""
        found: list[dict[str, Any]] = []

        def attempt() -> str:
            result = self.kubectl(f"get {what} --output=json {REQUEST_LIMIT}", check=False)
            if result.status == 0 and result.stdout.strip():
                found[:] = _items(result.stdout)
                return ""
            if result.stderr.startswith(NOT_THERE):
                return ""
            return f"{result.stderr[-400:].strip()} status {result.status}"

        if refused := poll(attempt, ANSWER_WITHIN):
            raise Silent.of_guest("the API server", refused)
        return found

    def apply(self, objects: list[Mapping[str, Any]]) -> None:
        """Create or update `objects`."""
        self.apply_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def apply_text(self, text: str) -> None:
        """Create or update the objects of a manifest."""
        self.insist(f"{APPLY} --filename=-", stdin=text)

    def delete_pod(self, name: str) -> None:
        """Remove a pod, if it is there, and wait until it is gone."""
        self.insist(f"delete pod {name} --ignore-not-found --wait --timeout=120s --now")


def _items(answer: str) -> list[dict[str, Any]]:
    found: dict[str, Any] = json.loads(answer)
    return list(found["items"]) if found.get("kind") == "List" else [found]
