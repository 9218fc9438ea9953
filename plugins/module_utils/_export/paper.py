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

    `of`: what it is written of, `disk`, `components` or `formats`, which are one input each by
    their own names. `says`: its options, of the image and its formats.
    """

    kind: Kind
    of: tuple[str, ...]
    says: Callable[[Image, Mapping[str, Stage]], Mapping[str, Any]] = nothing
    name: str = ""


def paper_stage(root: Path, paper: Paper, image: Image, formats: Mapping[str, Stage]) -> Stage:
    """The stage of one paper about an image in its `formats`."""
    all_of = {
        "disk": {"disk": image.disk},
        "components": {"components": image.components},
        "formats": formats,
    }
    inputs = {key: each for what in paper.of for key, each in all_of[what].items()}
    return stage(root, paper.kind, options=paper.says(image, formats), inputs=inputs)
