"""What an image is made of: every program, package and file, with its digest and size."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.files import sha256_file
from .._plan.stage import Kind, Made, Stage, Work, stage

COMPONENTS = "components.json"


@dataclass(frozen=True, slots=True)
class Component:
    """One of them. `origin` is `source`, `release`, `package`, `url` or `archive`. Digest and size
    in bytes are those of the file `made`, where there is one."""

    name: str
    version: str
    origin: str
    sha256: str = ""
    size: int = 0
    made: Made | None = None


def make(work: Work) -> None:
    """Write the list, in the order in which the stage has it: of origins and names."""
    found = [_measured(work, each) for each in work.options["components"]]
    (work.place / COMPONENTS).write_text(json.dumps(found))


KIND = Kind("components", "list what the image is made of", make)


def components(root: Path, wanted: Sequence[Component]) -> Stage:
    """The list of `wanted`, whichever order they are given in."""
    rows = [_row(each) for each in sorted(wanted, key=lambda each: (each.origin, each.name))]
    return stage(root, KIND, options={"components": rows})


def _row(component: Component) -> dict[str, Any]:
    row = {"name": component.name, "version": component.version, "from": component.origin}
    if component.made:
        return {**row, "made": component.made}
    return {**row, "sha256": component.sha256, "size": component.size}


def _measured(work: Work, row: Mapping[str, Any]) -> dict[str, Any]:
    if "made" not in row:
        return dict(row)
    file = work.resolved(row["made"])
    told = {key: each for key, each in row.items() if key != "made"}
    return {**told, "sha256": sha256_file(file), "size": file.stat().st_size}
