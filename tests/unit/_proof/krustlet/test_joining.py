from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import (
    joining as check_krustlet,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import node as krustlet
from ansible_collections.vessel.image.plugins.module_utils._proof.pods.pod import (
    container,
    make_pod,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import phases, required

LINE = "→ Overall exposure level for krustlet.service: {score} OK 🙂"


def test_a_pod_of_krustlets_chooses_its_node_and_pulls() -> None:
    once = container("once", "vessel.test/hello:1")
    pod = make_pod("a", krustlet.NAME, [container("b", "c")], initContainers=[once])
    specification = pod["spec"]
    assert "runtimeClassName" not in specification
    assert specification["nodeSelector"] == {"kubernetes.io/arch": "wasm32-wasi"}
    effects = [each["effect"] for each in specification["tolerations"]]
    assert effects == ["NoSchedule", "NoExecute"]
    for each in (*specification["containers"], *specification["initContainers"]):
        assert each["imagePullPolicy"] == "IfNotPresent"


def test_an_image_with_krustlet_is_proved_to_have_it() -> None:
    with_it, without = phases(["wasmedge"], krustlet=True), phases(["wasmedge"])
    changed = {phase for phase in with_it if with_it[phase] != without.get(phase)}
    assert changed == {"node", "cluster", "pods", "krustlet"}
    found = set(required(["wasmedge"], krustlet=True)) - set(required(["wasmedge"]))
    assert {"cluster/1/krustlet.joins", "pods/2/wasm.krustlet"} <= found


def node(**changes: Any) -> dict[str, Any]:
    names = ("kubernetes.io/arch", "kubernetes.io/os")
    labels = {**dict.fromkeys(names, "wasm32-wasi"), "type": "krustlet"}
    made = {"metadata": {"labels": labels}, "spec": {"taints": list(krustlet.TOLERATIONS)}}
    return {**made, **changes}


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({}, []),
        (
            {"spec": {}},
            ["taint kubernetes.io/arch:NoSchedule", "taint kubernetes.io/arch:NoExecute"],
        ),
        ({"spec": {"taints": krustlet.TOLERATIONS[:1]}}, ["taint kubernetes.io/arch:NoExecute"]),
        (
            {"metadata": {"labels": {"kubernetes.io/os": "linux", "type": "krustlet"}}},
            ["label kubernetes.io/arch", "label kubernetes.io/os"],
        ),
    ],
)
def test_what_a_node_of_krustlets_lacks(changes: dict[str, Any], lacking: list[str]) -> None:
    assert check_krustlet.misplaced(node(**changes)) == lacking


@pytest.mark.parametrize(("score", "number"), [("1.9", 1.9), ("9.6", 9.6), ("10", 10.0)])
def test_the_exposure_is_what_systemd_says(score: str, number: float) -> None:
    assert check_krustlet.exposed(LINE.format(score=score)) == number


@pytest.mark.parametrize("said", ["", "Unit krustlet.service not found."])
def test_without_a_score_all_is_exposed(said: str) -> None:
    assert check_krustlet.exposed(said) == 10.0
