"""The form of a file in `formats/`, and the stage that it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._plan.image import Image
from .._plan.stage import Kind, Made, Stage, Work, stage

SHAPES_NO_RESULT = True  # see _plan/code.py: what it says is in options

DISK = "disk"


def nothing(image: Image) -> Mapping[str, Any]:
    """What a format has to be told that follows from the disk alone."""
    del image
    return {}


@dataclass(frozen=True, slots=True)
class Format:
    """One format. What `kind` makes is one file, of `of`: the raw disk, or another format. Its name
    ends with `ending`, by default the format's. `says`: its options, of the image.

    Nothing in there may depend on threads, time or host.
    """

    kind: Kind
    of: str = DISK
    ending: str = ""
    says: Callable[[Image], Mapping[str, Any]] = nothing
    name: str = ""


def source(work: Work) -> Path:
    """The file that the maker of a format brings into it."""
    found: Path = work.resolved(work.options["of"])
    return found


def target(work: Work) -> Path:
    """The file that it makes."""
    return work.place / str(work.options["file"])


def format_stages(
    root: Path, image: Image, wanted: Sequence[str], formats: Mapping[str, Format]
) -> dict[str, Stage]:
    """Name -> stage of each format of `wanted`, one of `formats`.

    Raises VES-701 for one that is not there.
    """
    made: dict[str, Stage] = {}

    def file(name: str) -> str:
        if name == DISK:
            return "disk.raw"
        return f"{image.stem}.{formats[name].ending or name}"

    def of(name: str) -> Stage:
        if name == DISK:
            return image.disk
        if name not in formats:
            raise VesselError.of(
                "VES-701",
                f"the output format {name} is not available in this version",
                f"Available: {', '.join(formats)}.",
            )
        if name not in made:
            of_what = formats[name].of
            options = {
                "of": Made(of(of_what), file(of_what)),
                "file": file(name),
                **formats[name].says(image),
            }
            inputs = {"tools": image.tools}
            made[name] = stage(root, formats[name].kind, options=options, inputs=inputs)
        return made[name]

    return {name: of(name) for name in wanted}
