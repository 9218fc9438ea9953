"""Manifests of clusters: variables, RuntimeClasses, and what they say of the image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.vessel.image.plugins.module_utils._export.release import TEMPLATE
from ansible_collections.vessel.image.plugins.module_utils._export.release.runtime_classes import (
    runtime_classes,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._lock.engines import for_role
from unit._export.release.told import NODE, made, objects
from unit._export.release.variables import filled

# Texts of a user's that YAML would take for something else.
HOSTILE = ["12:34:56", "007", "yes", "null", "1e3", "#", "a: b", "[x]", "*", " padded "]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return made(tmp_path / "made")


def test_the_classes_are_what_the_role_lays_down(root: Path) -> None:
    """Rendered as Ansible renders the role's template, for every engine that there is."""
    for default in ENGINES:
        engines = [for_role(name) for name in ENGINES]
        variables = {"wasm_runtimes_engines": engines, "wasm_runtimes_default": default}
        templar = Templar(loader=DataLoader(), variables=variables)
        text = trust_as_template((root / TEMPLATE).read_text())
        assert runtime_classes(root, engines, default) == templar.template(text)


def test_every_cluster_has_the_classes(place: Path) -> None:
    text = (place / "runtimeclasses.yaml").read_text()
    handlers = {each["name"] for engine in NODE.engines for each in engine["handlers"]}
    found = objects(place / "runtimeclasses.yaml")
    assert {each["metadata"]["name"] for each in found} == {*handlers, "wasm"}
    *_rest, resources, held = objects(place / "cluster-capv.yaml")
    assert held["data"] == {"runtimeclasses.yaml": text}
    assert resources["kind"] == "ClusterResourceSet"
    assert resources["spec"]["resources"] == [
        {"kind": held["kind"], "name": held["metadata"]["name"]}
    ]
    cluster = objects(place / "cluster-capv.yaml")[0]
    selected = resources["spec"]["clusterSelector"]["matchLabels"]
    assert selected.items() <= cluster["metadata"]["labels"].items()


def test_wasm_nodes_have_the_labels_that_the_classes_select(place: Path) -> None:
    (cluster,) = objects(place / "cluster-supervisor.yaml")
    (pool,) = cluster["spec"]["topology"]["workers"]["machineDeployments"]
    (override,) = pool["variables"]["overrides"]
    for each in objects(place / "runtimeclasses.yaml"):
        selector = each["scheduling"]["nodeSelector"]
        assert selector.items() <= override["value"]["labels"].items()


def test_references_lead_to_objects_of_the_file(place: Path) -> None:
    found = objects(place / "cluster-capv.yaml")
    there = {
        (each["apiVersion"].partition("/")[0], each["kind"], each["metadata"]["name"])
        for each in found
    }
    named = [ref for each in found for ref in references(each)]
    assert len(named) == 5
    assert {(ref["apiGroup"], ref["kind"], ref["name"]) for ref in named} <= there


def references(value: Any) -> list[Any]:
    """Everything below `value` that names an object."""
    if isinstance(value, dict):
        if value.keys() == {"apiGroup", "kind", "name"}:
            return [value]
        return [ref for each in value.values() for ref in references(each)]
    return [ref for each in value for ref in references(each)] if isinstance(value, list) else []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_stays_the_text_that_it_is(place: Path, text: str) -> None:
    for name in ("cluster-capv.yaml", "cluster-supervisor.yaml"):
        told = (place / name).read_text()
        numbers = set(re.findall(r": \$\{(\w+)", told))
        values = dict.fromkeys(set(re.findall(r"\$\{(\w+)", told)) - numbers, text)
        assert len(numbers) >= 2 and len(values) >= 5
        found = list(yaml.safe_load_all(filled(told, values)))
        assert found == [filled_in(each, values) for each in yaml.safe_load_all(told)]


def filled_in(value: Any, values: Mapping[str, str]) -> Any:
    """What was read with its variables, filled in afterwards: all are texts but the numbers."""
    if isinstance(value, dict):
        return {filled_in(key, values): filled_in(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [filled_in(each, values) for each in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    text = filled(value, values)
    return text if values.keys() & set(re.findall(r"\w+", value)) else int(text)


def test_numbers_are_numbers(place: Path) -> None:
    told = filled((place / "cluster-capv.yaml").read_text(), {"WORKER_MACHINE_COUNT": "7"})
    found = {each["kind"]: each for each in yaml.safe_load_all(told) if each}
    assert found["MachineDeployment"]["spec"]["replicas"] == 7
    assert found["KubeadmControlPlane"]["spec"]["replicas"] == 1
    assert found["VSphereCluster"]["spec"]["controlPlaneEndpoint"]["port"] == 6443


def test_no_credentials_are_asked_for(place: Path) -> None:
    told = "".join(each.read_text() for each in place.iterdir()).lower()
    assert "password" not in told and "username" not in told


def test_the_same_bytes(tmp_path: Path, place: Path) -> None:
    again = made(tmp_path / "again")
    for each in place.iterdir():
        assert (again / each.name).read_bytes() == each.read_bytes()
