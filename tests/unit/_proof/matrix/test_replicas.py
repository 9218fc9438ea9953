"""The rows "replicas", "scale" and "gone": how many are there, and that they go."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import replicas


def context(available: int | None, *pods: str, accelerator: str = "tcg") -> Mock:
    made = Mock(patience=0.0)
    made.machine.accelerator = accelerator
    deployments = [] if available is None else [{"status": {"availableReplicas": available}}]
    left = [{"metadata": {"name": name}} for name in pods]
    made.cluster.get.side_effect = lambda what: deployments if "deployment" in what else left
    return made


@pytest.mark.parametrize(
    ("available", "passed"), [(3, True), (2, False), (4, False), (None, False)]
)
def test_so_many_are_available(available: int | None, passed: bool) -> None:
    assert replicas.few(context(available), "wasmtime").passed is passed
    assert not replicas.scale(context(available), "wasmtime").passed
    assert replicas.scale(context(10), "wasmtime").passed


def test_they_are_gone_and_nothing_is_left() -> None:
    assert replicas.gone(context(10), "wasmtime").passed
    left = replicas.gone(context(10, "many-x"), "wasmtime")
    assert not left.passed and "pod many-x" in left.actual
    assert not replicas.gone(context(None), "wasmtime").passed


@pytest.mark.parametrize(
    ("took", "accelerator", "passed"),
    [(59, "kvm", True), (61, "kvm", False), (61, "tcg", True), (121, "tcg", False)],
)
def test_what_takes_too_long_is_red(
    monkeypatch: pytest.MonkeyPatch, took: int, accelerator: str, passed: bool
) -> None:
    clock = iter(range(0, 10**6, took))
    monkeypatch.setattr(replicas.time, "monotonic", lambda: float(next(clock)))
    found = replicas.gone(context(10, accelerator=accelerator), "wasmtime")
    assert (found.passed, found.actual) == (passed, f"{took} s")
