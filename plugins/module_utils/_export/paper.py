"""The form of a file in `papers/`, and the stage that it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._plan.image import Image
from .._plan.stage import Kind, Stage, stage

SHAPES_NO_RESULT = True  # see _plan/code.py: what it says is in options


def nothing(image: Image, formats: Mapping[str, Stage]) -> Mapping[str, Any]:
    """What a paper has to be told that follows from its inputs alone."""
    del image, formats
    return {}


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: what `kind` makes are files for the user, the same ones whenever.

    `of`: what it is written of, `disk`, `components`, `release` or `formats`, which are one input
    each by their own names; where an image has not all of it, there is no such paper. `says`: its
    options, of the image and its formats.
    """

    kind: Kind
    of: tuple[str, ...]
    says: Callable[[Image, Mapping[str, Stage]], Mapping[str, Any]] = nothing
    name: str = ""


def paper_stage(root: Path, paper: Paper, image: Image, formats: Mapping[str, Stage]) -> Stage:
    """The stage of one paper about an image in its `formats`."""
    there = _there(image, formats)
    inputs = {key: each for what in paper.of for key, each in there[what].items()}
    return stage(root, paper.kind, options=paper.says(image, formats), inputs=inputs)


def paper_stages(
    root: Path, papers: Mapping[str, Paper], image: Image, formats: Mapping[str, Stage]
) -> dict[str, Stage]:
    """Name -> stage of each of `papers` that the image can have."""
    there = _there(image, formats)
    return {
        name: paper_stage(root, each, image, formats)
        for name, each in papers.items()
        if there.keys() >= set(each.of)
    }


def _there(image: Image, formats: Mapping[str, Stage]) -> Mapping[str, Mapping[str, Stage]]:
    """What papers can be of -> the stages that it is, by their own names."""
    return {
        "disk": {"disk": image.disk},
        "components": {"components": image.components},
        "formats": formats,
        **({"release": {"release": image.release}} if image.release else {}),
    }
