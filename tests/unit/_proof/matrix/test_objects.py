from __future__ import annotations

from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import node
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.objects import objects
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.rows import COLUMNS
from ansible_collections.vessel.image.plugins.module_utils._workloads import (
    container_images as images,
)


def images_of(made: dict[str, Any]) -> set[str]:
    return {each["image"] for each in made["spec"].get("containers", [])}


def test_every_handler_has_the_same_pods_and_every_image_is_built() -> None:
    built = {
        *images.BASIC,
        *images.INFERENCE,
        *images.MATRIX,
        *images.ARTIFACTS,
    }
    used: set[str] = set()
    for handler in COLUMNS:
        made: list[Any] = objects(handler)
        pods = [each for each in made if each["kind"] == "Pod"]
        for specification in (pod["spec"] for pod in pods):
            if handler == node.NAME:
                assert "runtimeClassName" not in specification
                assert specification["nodeSelector"] == node.SELECTOR
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
        next(each for each in objects("wasmtime") if "models" in str(each)) for _ in range(2)
    )
    assert first != second
