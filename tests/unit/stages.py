"""Small stages of a test's own, and the work that a maker is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.files import digest
from ansible_collections.vessel.image.plugins.module_utils._plan.image import Image
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import (
    Blob,
    Kind,
    Stage,
    Work,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import kept


def write_name(work: Work) -> None:
    """What `small` makes unless a test says something else: a file that holds the id."""
    (work.place / "id").write_text(work.identity)


def small(
    name: str,
    *inputs: Stage,
    make: Callable[[Work], None] = write_name,
    options: Mapping[str, Any] | None = None,
    blobs: Mapping[str, Blob] | None = None,
    **kind: Any,
) -> Stage:
    """A stage whose id follows from its name alone; `kind` is more of its kind."""
    return Stage(
        Kind(kind.pop("kind", name), f"make {name}", make, **kind),
        name,
        options or {},
        {each.name: each for each in inputs},
        blobs or {},
        {"name": name},
        digest(name),
    )


def keep(stage: Stage, **files: bytes) -> None:
    """Keep a result of `stage` without making it."""
    with kept.making(stage.id, vouched=stage.kind.online) as place:
        for name, data in files.items():
            (place / name).write_bytes(data)


def work(
    place: Path,
    options: Mapping[str, Any],
    inputs: Mapping[str, Path] | None = None,
    blobs: Mapping[str, Path] | None = None,
) -> Work:
    """Work whose result goes to `place`, which is made."""
    place.mkdir(parents=True, exist_ok=True)
    return Work(options, inputs or {}, blobs or {}, place, "1" * 64, place)


def plan_of(*goals: Stage, root: Path = Path("/root"), spec_file: Path = Path("own.yml")) -> Plan:
    """The plan of an image called `own`, whose files are those of `goals`."""
    tools = small("tools")
    return Plan(root, spec_file, "own", "debian-13-amd64-v1.36.3-own", (), tools, goals)


TOOLS = small("tools")
DISK = small("disk", TOOLS)
IMAGE = Image(
    name="own",
    vessel="general-purpose",
    stem="own-amd64",
    architecture="amd64",
    disk=DISK,
    tools=TOOLS,
    components=small("components"),
    facts={},
    sums=(),
    spec_sha256="5" * 64,
    lock_sha256="1" * 64,
    epoch=1_763_900_000,
    machine={"hardware_version": 21},
)
