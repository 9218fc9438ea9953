"""What pods need of a runtime is what its engine's file says."""

from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._proof.pods.pod import hello, make_pod
from ansible_collections.vessel.image.plugins.module_utils._proof.runtimes import RUNTIMES
from ansible_collections.vessel.image.plugins.module_utils._workloads import (
    container_images as images,
)


def test_every_handler_and_krustlet_can_be_asked_to_serve() -> None:
    handlers = [handler.name for engine in ENGINES.values() for handler in engine.handlers]
    assert list(RUNTIMES) == [*handlers, "krustlet"]
    for runtime in RUNTIMES.values():
        assert images.SERVERS[runtime.http] in images.MATRIX


def test_a_limit_of_an_engine_is_one_of_each_of_its_handlers() -> None:
    exits = {name for name, runtime in RUNTIMES.items() if "exit" in runtime.limits}
    assert exits == {"wasmedge", "wasmedge-mixed"}
    assert "sidecar" in RUNTIMES["wasmedge"].limits
    assert "sidecar" not in RUNTIMES["wasmedge-mixed"].limits


@pytest.mark.parametrize(
    ("name", "containers"), [("wasmedge", ["stay"]), ("wasmedge-mixed", ["stay", "sidecar"])]
)
def test_a_native_container_stands_beside_where_the_handler_takes_it(
    name: str, containers: list[str]
) -> None:
    pod = hello(name).pod
    assert [each["name"] for each in pod["spec"]["containers"]] == containers


def test_a_pod_has_the_annotations_of_its_handler_only() -> None:
    found = {name: make_pod("p", name, [])["metadata"]["annotations"] for name in RUNTIMES}
    assert found.pop("wasmedge-mixed") == {"module.wasm.image/variant": "compat-smart"}
    assert not any(found.values())


def test_inference_comes_with_an_engine_that_has_it() -> None:
    assert images.INFER in images.contents(["wasmedge", "wasmtime"])
    assert images.INFER not in images.contents(["wasmedge", "wasmer"])
