from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.engines import HANDLERS
from ansible_collections.vessel.image.plugins.module_utils._proof import check as checks
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import node as krustlet
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import (
    columns as check_matrix,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import objects as matrix
from ansible_collections.vessel.image.plugins.module_utils._workloads import (
    container_images as images,
)

ALL = [*(name for names in HANDLERS.values() for name in names), krustlet.NAME]


def images_of(made: dict[str, Any]) -> set[str]:
    return {each["image"] for each in made["spec"].get("containers", [])}


def test_every_handler_has_the_same_pods_and_every_image_is_built() -> None:
    built = {
        *images.BASIC,
        *images.SHIMS_ONLY,
        *images.MATRIX,
        *images.ARTIFACTS,
    }
    used: set[str] = set()
    for handler in ALL:
        made: list[Any] = matrix.objects(handler)
        pods = [each for each in made if each["kind"] == "Pod"]
        for specification in (pod["spec"] for pod in pods):
            if handler == krustlet.NAME:
                assert "runtimeClassName" not in specification
                assert specification["nodeSelector"] == krustlet.SELECTOR
            else:
                assert specification["runtimeClassName"] == handler
        names = [each["metadata"]["name"] for each in made]
        assert all(name.endswith(f"-{handler}") for name in names)
        assert all(each["metadata"]["labels"]["vessel.test/matrix"] == "yes" for each in made)
        for pod in pods:
            used |= images_of(pod)
    assert used <= built and set(images.MATRIX) <= used


def test_inputs_of_models_are_new_each_time() -> None:
    first, second = (
        next(each for each in matrix.objects("wasmtime") if "models" in str(each)) for _ in range(2)
    )
    assert first != second


def test_every_cell_of_every_handler_is_a_check() -> None:
    names = check_matrix.names(ALL)
    assert len(names) == len(ALL) * (1 + len(check_matrix.TITLES))
    assert set(names) <= set(checks.CHECKS)


def test_usage_is_the_first_containers() -> None:
    used = {"cpu": {"usageCoreNanoSeconds": 7}, "memory": {"workingSetBytes": 9}}
    pods = [
        {"podRef": {"name": "other"}, "containers": []},
        {"podRef": {"name": "busy"}, "containers": [used, {}]},
        {"podRef": {"name": "young"}, "containers": [{"cpu": {}}]},
    ]
    summary = json.dumps({"pods": pods})
    assert check_matrix.usage(summary, "busy") == (7, 9)
    assert [check_matrix.usage(summary, name) for name in ("other", "young", "none")] == [None] * 3


@pytest.mark.parametrize(
    ("handler", "told", "asked", "passed"),
    [
        ("wasmedge", [True], [], True),
        ("wasmedge", [False, True], ["again1-wasmedge"], True),
        ("wasmedge-mixed", [False] * 3, ["again1-wasmedge-mixed", "again2-wasmedge-mixed"], False),
        ("wasmtime", [False], [], False),
    ],
)
def test_a_kill_that_containerd_lost_is_made_again(
    monkeypatch: pytest.MonkeyPatch, handler: str, told: list[bool], asked: list[str], passed: bool
) -> None:
    verdicts = iter(told)
    cell = Mock(side_effect=lambda *given: checks.Verdict(next(verdicts), "", ""))
    monkeypatch.setattr(check_matrix, "_cell", cell)
    context = Mock()
    assert check_matrix._oom(context, handler).passed is passed
    pods = [call.args[0][0] for call in context.cluster.apply.call_args_list]
    assert [pod["metadata"]["name"] for pod in pods] == asked
    assert all(pod["spec"]["containers"][0]["name"] == "memory-limit" for pod in pods)
    assert next(verdicts, None) is None


@pytest.mark.parametrize(
    ("kept", "counts", "passed"),
    [
        ("runwasi.io/precompiled/wasmtime/1", ["2", "2"], True),
        ("runwasi.io/precompiled/wasmtime/1", ["2", "3"], False),
        ("runwasi.io/precompiled/wasmtime/1", ["0", "0"], False),
        ("runwasi.io/precompiled/wasmtime/1", ["", ""], False),
        ("", [], False),
    ],
)
def test_a_start_that_compiles_again_and_a_journal_without_compilations_are_red(
    monkeypatch: pytest.MonkeyPatch, kept: str, counts: list[str], passed: bool
) -> None:
    monkeypatch.setattr(check_matrix, "_cell", Mock(return_value=checks.Verdict(True, "", "")))
    context = Mock()
    context.sh.side_effect = [kept, *counts]
    assert check_matrix._precompiled(context, "wasmtime").passed is passed
