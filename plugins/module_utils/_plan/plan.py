"""The plan of an image: its stages, and what has to be known to run them. Pure data.

The build has more than one process: it is kept in the cache, by its id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import digest, write_text
from .._common.places import cache_root, check_kept, open_cache
from .stage import Blob, Kind, Stage, in_order

PACKAGE = __name__.rpartition("._plan.")[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """The results of `goals` are what the user gets, in the directory `name` of the output.

    `stem` begins the names of the image's files. `root` is the collection's directory; `beside`
    what the spec names beside itself, `roles` those of them that are roles; `tools` the stage whose
    programs the build itself uses.
    """

    root: Path
    spec_file: Path
    name: str
    stem: str
    beside: tuple[str, ...]
    tools: Stage
    goals: tuple[Stage, ...]
    roles: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Over the stages, and the name under which people find the image."""
        return digest([self.name, self.stem, [goal.id for goal in self.goals]])

    @property
    def stages(self) -> list[Stage]:
        """All stages, inputs first."""
        return in_order(self.goals)

    def stage(self, name: str) -> Stage:
        """The stage called `name`; KeyError is a bug in the caller."""
        return {stage.name: stage for stage in self.stages}[name]


def save(plan: Plan) -> Path:
    """Keep the plan in the cache, where the build's later processes find it by its id."""
    open_cache()
    path = _path(plan.id)
    content = {
        "root": str(plan.root),
        "spec_file": str(plan.spec_file),
        "name": plan.name,
        "stem": plan.stem,
        "beside": list(plan.beside),
        "roles": list(plan.roles),
        "stages": [_row(stage) for stage in plan.stages],
        "tools": plan.tools.id,
        "goals": [goal.id for goal in plan.goals],
    }
    write_text(path, json.dumps(content), mode=0o600)
    return path


def load(identity: str) -> Plan:
    """The plan that `save` kept. Raises VES-111 when there is none of that id, VES-114 when another
    user may have written it."""
    check_kept(_path(identity))
    try:
        data = json.loads(_path(identity).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise VesselError.of(
            "VES-111",
            f"there is no plan {identity}",
            "Run `ansible-playbook build-image.yml`, or `packer build packer/` without plan_id.",
        ) from error
    stages: dict[str, Stage] = {}
    for row in data["stages"]:
        stages[row["id"]] = _stage(row, stages)
    return Plan(
        Path(data["root"]),
        Path(data["spec_file"]),
        data["name"],
        data["stem"],
        tuple(data["beside"]),
        stages[data["tools"]],
        tuple(stages[goal] for goal in data["goals"]),
        tuple(data["roles"]),
    )


def _row(stage: Stage) -> dict[str, Any]:
    return {
        "kind": [stage.kind.module, stage.kind.name],
        "name": stage.name,
        "options": stage.options,
        "inputs": {key: each.id for key, each in stage.inputs.items()},
        "blobs": {key: asdict(blob) for key, blob in stage.blobs.items()},
        "parts": stage.parts,
        "id": stage.id,
    }


def _stage(row: Mapping[str, Any], made: Mapping[str, Stage]) -> Stage:
    return Stage(
        _kind(row["kind"]),
        row["name"],
        row["options"],
        {key: made[each] for key, each in row["inputs"].items()},
        {key: Blob(**blob) for key, blob in row["blobs"].items()},
        row["parts"],
        row["id"],
    )


def _kind(named: Sequence[str]) -> Kind:
    """The kind of a module of this library, by its own name there."""
    module, name = named
    values = vars(import_module(f"{PACKAGE}.{module}")).values()
    kinds = (getattr(each, "kind", each) for each in values)
    return next(each for each in kinds if isinstance(each, Kind) and each.name == name)


def _path(identity: str) -> Path:
    return cache_root() / "plans" / f"{identity}.json"
