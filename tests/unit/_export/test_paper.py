"""A paper's stage is made of what the paper is written of, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.paper import (
    Paper,
    paper_stage,
    paper_stages,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.image import Image
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Kind, Stage
from unit.stages import IMAGE, small, write_name

FORMATS = {name: small(name) for name in ("qcow2", "raw")}


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """It is of a test, whose code no collection has."""
    monkeypatch.setattr(Kind, "code", lambda self, root: {"code": self.name})
    return Kind("licences", "list the licences", write_name)


@pytest.mark.parametrize(
    ("of", "inputs"),
    [
        (("disk",), {"disk"}),
        (("components", "disk"), {"components", "disk"}),
        (("formats",), {"qcow2", "raw"}),
        ((), set()),
    ],
)
def test_it_has_the_inputs_that_it_names(
    root: Path, kind: Kind, of: tuple[str, ...], inputs: set[str]
) -> None:
    planned = paper_stage(root, Paper(kind, of), IMAGE, FORMATS)
    assert {each.name for each in planned.inputs.values()} == inputs
    assert (planned.name, planned.kind, planned.options) == ("licences", kind, {})


def test_what_it_says_of_the_image_is_in_its_id(root: Path, kind: Kind) -> None:
    def says(image: Image, formats: Mapping[str, Stage]) -> dict[str, Any]:
        return {"stem": image.stem, "formats": tuple(formats)}

    paper = Paper(kind, ("disk",), says)
    planned = paper_stage(root, paper, IMAGE, FORMATS)
    assert planned.options == {"stem": "own-amd64", "formats": ["qcow2", "raw"]}
    assert planned.id != paper_stage(root, paper, IMAGE, {}).id


def test_what_an_image_has_not_has_no_paper(root: Path, kind: Kind) -> None:
    papers = {"terms": Paper(kind, ("disk",)), "release": Paper(kind, ("disk", "release"))}
    assert list(paper_stages(root, papers, IMAGE, FORMATS)) == ["terms"]
    released = replace(IMAGE, release=small("release"))
    found = paper_stages(root, papers, released, FORMATS)
    assert {name: set(each.inputs) for name, each in found.items()} == {
        "terms": {"disk"},
        "release": {"disk", "release"},
    }
