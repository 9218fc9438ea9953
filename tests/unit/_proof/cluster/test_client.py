from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import Result
from ansible_collections.vessel.image.plugins.module_utils._machine import waiting
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
