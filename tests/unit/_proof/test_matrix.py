from __future__ import annotations

import json
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._lock.engines import HANDLERS
from ansible_collections.vessel.image.plugins.module_utils._proof import (
    check_matrix,
    checks,
    matrix,
    workload,
)

ALL = [name for names in HANDLERS.values() for name in names]


def images(made: dict[str, Any]) -> set[str]:
    return {each["image"] for each in made["spec"].get("containers", [])}


def test_every_handler_has_the_same_pods_and_every_image_is_built() -> None:
    built = {*workload.BASIC, *workload.SHIMS_ONLY, *workload.MATRIX, *workload.ARTIFACTS}
    used: set[str] = set()
    for handler in ALL:
        made: list[Any] = matrix.objects(handler)
        pods = [each for each in made if each["kind"] == "Pod"]
        assert {pod["spec"]["runtimeClassName"] for pod in pods} == {handler}
        names = [each["metadata"]["name"] for each in made]
        assert all(name.endswith(f"-{handler}") for name in names)
        assert all(each["metadata"]["labels"]["vessel.test/matrix"] == "yes" for each in made)
        for pod in pods:
            used |= images(pod)
    assert used <= built and set(workload.MATRIX) <= used


def test_inputs_of_models_are_new_each_time() -> None:
    first, second = (
        next(each for each in matrix.objects("wasmtime") if "models" in str(each)) for _ in range(2)
    )
    assert first != second


def test_every_cell_of_every_handler_is_a_check() -> None:
    names = check_matrix.names(ALL)
    assert len(names) == 1 + len(ALL) * (1 + len(check_matrix.TITLES))
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
