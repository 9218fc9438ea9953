from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import Result
from ansible_collections.vessel.image.plugins.module_utils._machine import waiting
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster import client
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster.client import Cluster


class BusyMock:
    """A mock of a kubectl whose API server refuses the first `refusals` requests."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.asked: list[str] = []

    def run(self, script: str, **_: Any) -> Result:
        self.asked.append(script)
        if len(self.asked) <= self.refusals:
            raise VesselError.of("VES-102", "kubectl failed", "TLS handshake timeout")
        return Result(0, "", "")


def test_a_refused_request_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0)
    busy = BusyMock(refusals=2)
    Cluster(busy).apply([{"kind": "Pod"}])  # type: ignore[arg-type]
    assert len(busy.asked) == 3
    assert len(set(busy.asked)) == 1


def test_a_request_refused_to_the_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0)
    busy = BusyMock(refusals=10**9)
    with pytest.raises(VesselError, match="kubectl failed"):
        Cluster(busy).insist("apply", patience=0.05)  # type: ignore[arg-type]


class Answers:
    """A kubectl that gives one answer after the other, the last one for ever."""

    def __init__(self, *answers: Result) -> None:
        self.left = list(answers)

    def run(self, _arguments: str, **_more: Any) -> Result:
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


REFUSED = Result(1, "", "The connection to the server was refused")
NOT_THERE = Result(1, "", 'Error from server (NotFound): pods "x" not found\n')
ONE, NONE = Result(0, '{"kind": "Pod"}', ""), Result(0, '{"kind": "List", "items": []}', "")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0)
    monkeypatch.setattr(client, "ANSWER_WITHIN", 0.05)


@pytest.mark.parametrize(
    ("answers", "items"),
    [
        ([ONE], [{"kind": "Pod"}]),
        ([NONE], []),
        ([NOT_THERE], []),
        ([REFUSED, Result(0, "", ""), ONE], [{"kind": "Pod"}]),
    ],
)
def test_what_is_there_and_that_nothing_is(
    impatient: None, answers: list[Result], items: list[Any]
) -> None:
    assert Cluster(Answers(*answers)).get("pod x") == items  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer",
    [
        REFUSED,
        Result(0, "", ""),
        Result(1, "", ""),
        Result(255, "", "ssh: connect to host 127.0.0.1 port 1: Connection refused"),
        Result(1, "", "error: the server doesn't have a resource type"),
    ],
)
def test_a_server_that_refuses_is_not_one_that_has_nothing(impatient: None, answer: Result) -> None:
    with pytest.raises(waiting.Silent, match="VES-819: the API server gave no whole answer"):
        Cluster(Answers(answer)).get("pods")  # type: ignore[arg-type]
