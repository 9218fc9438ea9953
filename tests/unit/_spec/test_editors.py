"""The JSON Schema for editors: what Vessel takes it takes, and most of what Vessel does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._spec.editors import json_schema

SPECS = [
    "specs/wasm-node.yml",
    "molecule/previous/spec.yml",
    "molecule/customized/spec.yml",
    "benchmarks/krustlet.yml",
]
# What editors cannot know: the file system, and what values mean together.
BEYOND = {"customize-beside", "customize-conflicts", "customize-writers"}


def test_the_file_is_current(root: Path) -> None:
    text = (root / "docs/spec.schema.json").read_text()
    assert json.loads(text) == json_schema(), "make it again: `make docs`"
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", SPECS)
def test_good_specs(root: Path, name: str) -> None:
    jsonschema.validate(yaml.safe_load((root / name).read_text()), json_schema())


def test_bad_specs(root: Path) -> None:
    bad = Path(__file__).parent / "bad"
    cases = [p for p in sorted(bad.glob("customize-*/*.yml")) if p.parent.name not in BEYOND]
    assert len(cases) > 20
    validator = jsonschema.Draft202012Validator(json_schema())
    passed = [path.stem for path in cases if validator.is_valid(content(path))]
    # Rules that are no pattern: checked by Vessel only.
    assert set(passed) <= {"address-of-a-host", "sysctl-of-two-lines", "package-twice",
                           "path-traversal", "relative-path", "source-climbs-out",
                           "absolute-source"}  # fmt: skip


def test_editors_find_it(root: Path) -> None:
    first = (root / "specs/wasm-node.yml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../docs/spec.schema.json"


def content(path: Path) -> Any:
    return yaml.safe_load(path.read_text())
