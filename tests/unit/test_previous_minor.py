"""The scenario `previous` proves another version, with Krustlet, and nothing else that differs."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec


def test_the_specs_differ_in_name_version_and_krustlet_alone(root: Path) -> None:
    default = load_spec(root / "specs/wasm-node.yml").normalised()
    previous = load_spec(root / "molecule/previous/spec.yml").normalised()
    assert {key for key in default if default[key] != previous[key]} == {
        "name",
        "kubernetes",
        "krustlet",
    }
    assert previous["krustlet"]["enabled"]
    minors = [int(spec["kubernetes"]["version"].split(".")[1]) for spec in (default, previous)]
    assert minors[0] - 1 == minors[1]
