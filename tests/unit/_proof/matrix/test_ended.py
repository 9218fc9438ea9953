from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine.waiting import Silent
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.cells import Seen
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.ended import (
    Ended,
    logs_by_container,
)


def test_logs_come_apart_by_container_and_keep_their_lines() -> None:
    said = (
        "[pod/cells-x/arguments] a b\n"
        "[pod/cells-x/output] on [x] output\n"
        "[pod/cells-x/arguments] \n"
        "[pod/cells-x/arguments] --flag=c\n"
    )
    assert logs_by_container(said) == {
        "arguments": "a b\n\n--flag=c\n",
        "output": "on [x] output\n",
    }
    assert logs_by_container("") == {}


def pod(**state: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "x"}, "status": {"containerStatuses": [
        {"name": "module", "state": state}]}}  # fmt: skip


def asked(state: dict[str, Any], *, status: int = 0, log: str = "") -> Mock:
    """A context whose cluster has one pod, and gives its logs with this exit status."""
    context = Mock(patience=0.0)
    context.cluster.get.side_effect = lambda what: [pod(**state)] if what.startswith("pod ") else []
    context.cluster.kubectl.return_value = Mock(status=status, stdout=log, stderr="refused")
    context.now.return_value = 7.0
    return context


ENDED = {"terminated": {"exitCode": 42, "reason": "Error", "finishedAt": "1970-01-01T00:00:05Z"}}


def test_an_empty_log_is_an_answer_and_no_log_is_none() -> None:
    seen = Ended().container(asked(ENDED), "x", "module")
    assert seen == Seen(42, "", "Error\n\n\n", 5.0)
    seen = Ended().container(asked(ENDED, log="[pod/x/module] a\n"), "x", "module")
    assert isinstance(seen, Seen) and seen.log == "a\n"
    with pytest.raises(Silent, match="refused"):
        Ended().container(asked(ENDED, status=1), "x", "module")


@pytest.mark.parametrize("state", [{}, {"running": {}}, {"waiting": {"reason": "ErrImagePull"}}])
def test_what_has_not_ended_is_told(state: dict[str, Any]) -> None:
    assert Ended().container(asked(state), "x", "module") == "not ended: module"


def test_what_cannot_be_made_has_ended() -> None:
    state = {"waiting": {"reason": "CreateContainerError", "message": "no such program"}}
    seen = Ended().container(asked(state), "x", "module")
    assert isinstance(seen, Seen) and (seen.status, seen.now) == (128, 7.0)
    assert "no such program" in seen.told
