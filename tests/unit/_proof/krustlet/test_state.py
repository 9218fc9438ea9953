from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import state
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet.node import TOLERATIONS


def node(**changes: Any) -> dict[str, Any]:
    names = ("kubernetes.io/arch", "kubernetes.io/os")
    labels = {**dict.fromkeys(names, "wasm32-wasi"), "type": "krustlet"}
    made = {"metadata": {"labels": labels}, "spec": {"taints": list(TOLERATIONS)}}
    return {**made, **changes}


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({}, []),
        (
            {"spec": {}},
            ["taint kubernetes.io/arch:NoSchedule", "taint kubernetes.io/arch:NoExecute"],
        ),
        ({"spec": {"taints": TOLERATIONS[:1]}}, ["taint kubernetes.io/arch:NoExecute"]),
        (
            {"metadata": {"labels": {"kubernetes.io/os": "linux", "type": "krustlet"}}},
            ["label kubernetes.io/arch", "label kubernetes.io/os"],
        ),
    ],
)
def test_what_a_node_of_krustlets_lacks(changes: dict[str, Any], lacking: list[str]) -> None:
    assert state.misplaced(node(**changes)) == lacking
