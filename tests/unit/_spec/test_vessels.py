"""A spec has the sections of its vessel, and no others."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.vessel import Vessel
from ansible_collections.vessel.image.plugins.module_utils._kinds.vessels import MADE, VESSELS
from ansible_collections.vessel.image.plugins.module_utils._spec import schema
from ansible_collections.vessel.image.plugins.module_utils._spec.loader import parse
from ansible_collections.vessel.image.plugins.module_utils._spec.validate import problems_of
from ansible_collections.vessel.image.plugins.module_utils._vessels import RECIPES


@pytest.fixture
def appliance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vessel with one section, as a file more of `_kinds/vessels` and of `_vessels` gives."""
    planted = Vessel(sections=("wasm",), name="appliance")
    monkeypatch.setattr(schema, "VESSELS", MappingProxyType({**VESSELS, "appliance": planted}))
    monkeypatch.setattr(schema, "MADE", MADE | {"appliance"})
    monkeypatch.setitem(schema.SCHEMA, "vessel", {"type": "string", "meta": {}})


def problems(text: str) -> list[str]:
    return [str(each) for each in problems_of(parse(text.encode(), "own.yml"))]


def test_a_section_of_another_vessel(appliance: None) -> None:
    spec = 'schema: 1\nname: own\nvessel: appliance\nkubernetes: {version: "1.36.3"}\n'
    (found,) = problems(spec)
    assert found.startswith(
        "own.yml:4:1: VES-206: `kubernetes` is not a section of the vessel appliance"
    )
    assert (
        "schema, name, vessel, architectures, wasm, customize, machine, components, outputs"
        in found
    )


def test_what_another_vessel_needs_is_not_missing(appliance: None) -> None:
    assert problems("schema: 1\nname: own\nvessel: appliance\nwasm: {runtimes: [wasmer]}\n") == []
    (found,) = problems("schema: 1\nname: own\nvessel: general-purpose\n")
    assert "VES-207: `kubernetes` is missing" in found


@pytest.mark.parametrize("vessel", ["nonsense", "unikernel", "[a]", "{b: c}"])
def test_what_is_no_vessel_is_the_only_problem(vessel: str) -> None:
    (found,) = problems(
        f'schema: 1\nname: own\nvessel: {vessel}\nkubernetes: {{version: "1.36.3"}}\n'
    )
    assert found.startswith("own.yml:3:9: ")
    assert ("not available" in found) == (vessel in VESSELS)


def test_what_can_be_made_is_what_has_a_recipe() -> None:
    assert set(RECIPES) == MADE <= set(VESSELS)
