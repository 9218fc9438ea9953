"""The examples of docs/customising.md are pieces of the spec that molecule builds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.vessel.image.plugins.module_utils._spec.customize import CUSTOMIZE


def is_piece(small: Any, large: Any) -> bool:
    if isinstance(small, dict):
        return all(key in large and is_piece(value, large[key]) for key, value in small.items())
    if isinstance(small, list):
        return all(any(is_piece(item, other) for other in large) for item in small)
    return bool(small == large)


def test_every_example_is_built(root: Path) -> None:
    spec = yaml.safe_load((root / "molecule/customized/spec.yml").read_text())["customize"]
    page = (root / "docs/customising.md").read_text()
    examples = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    assert [example for example in examples if not is_piece(example, spec)] == []
    assert {key for example in examples for key in example} == set(CUSTOMIZE["schema"])


def test_everything_that_is_brought_is_read_back(root: Path) -> None:
    spec = yaml.safe_load((root / "molecule/customized/spec.yml").read_text())["customize"]
    assert set(spec) == set(CUSTOMIZE["schema"])
