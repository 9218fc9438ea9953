from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster import kubelet


def context(status: int = 0, **settings: Any) -> Mock:
    made = Mock()
    said = {**kubelet.WANTED, "maxPods": 110, **settings}
    answer = json.dumps({"kubeletconfig": said})
    made.cluster.kubectl.return_value = Mock(status=status, stdout=answer, stderr="refused")
    return made


def test_what_is_not_asked_for_may_be_anything() -> None:
    assert kubelet.kubelet(context()).passed


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"seccompDefault": None}, "seccompDefault is null, not true"),
        ({"podPidsLimit": -1}, "podPidsLimit is -1, not 4096"),
        ({"readOnlyPort": 10255}, "readOnlyPort is 10255, not null"),
        ({"authorization": {"mode": "AlwaysAllow"}}, 'authorization.mode is "AlwaysAllow"'),
        ({"authentication": None}, "authentication.anonymous.enabled is null, not false"),
    ],
)
def test_another_value_is_told_with_its_name(settings: dict[str, Any], said: str) -> None:
    found = kubelet.kubelet(context(**settings))
    assert not found.passed and said in found.actual


def test_no_answer_is_no_good_answer() -> None:
    found = kubelet.kubelet(context(status=1))
    assert not found.passed and found.actual == "refused"
    silent = context()
    silent.cluster.kubectl.return_value.stdout = ""
    assert not kubelet.kubelet(silent).passed
