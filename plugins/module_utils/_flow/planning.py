"""Spec and lock to a plan, with what is known of each stage's result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._export.checksums import checksums
from .._export.exported import REPORT, built_of, read
from .._export.format import format_stages
from .._export.formats import FORMATS
from .._export.paper import paper_stages
from .._export.papers import PAPERS
from .._export.publish import demand_writable
from .._lock import fixed
from .._lock.lock import Lock
from .._lock.lockfile import is_current, lock_path, read_lock
from .._plan.image import Target
from .._plan.plan import Plan, save
from .._plan.stage import Stage
from .._spec.beside import role_sources, sources
from .._spec.load import load_spec
from .._spec.model import Spec
from .._vessels import RECIPES
from .making import missing
from .receipt import last_parts

NAMED = 5  # changed parts that are told by name
NOT_LOCKED = "(not locked)"


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, if the spec is locked; whether the output directory holds its image already; and what
    the ids of the last build's stages were made of."""

    plan: Plan | None
    name: str
    built: bool = False
    before: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The plan's, or that there is none."""
        return self.plan.id if self.plan else NOT_LOCKED

    def rows(self) -> list[dict[str, Any]]:
        """One row per stage: name, title, id, kept, and why it runs."""
        if self.plan is None:
            return []
        runs = {} if self.built else {stage.id: stage for stage in missing(self.plan.goals)}
        return [
            {
                "name": stage.name,
                "title": stage.title,
                "id": stage.id,
                "kept": stage.id not in runs,
                "why": self._why(stage) if stage.id in runs else "",
            }
            for stage in self.plan.stages
        ]

    def table(self) -> str:
        """The plan as a person reads it."""
        if self.plan is None:
            return f"no plan for {self.name} yet: the spec is not locked\n"
        lines = [f"plan {self.plan.id[:12]} for {self.plan.stem}"]
        rows = self.rows()
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            state = "kept" if row["kept"] else "runs"
            lines.append(f"  {state}  {row['name']:<{width}} {row['id'][:12]}  {row['title']}")
            if row["why"]:
                lines.append(f"        because {row['why']}")
        return "\n".join(lines) + "\n"

    def _why(self, stage: Stage) -> str:
        before = self.before.get(stage.name)
        if before is None:
            return "no build of this spec has ended here yet"
        changed = [
            part for part in {**stage.parts, **before} if stage.parts.get(part) != before.get(part)
        ]
        if not changed:
            return "its result is no longer kept"
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        return f"something has changed: {', '.join(changed[:NAMED])}{more}"


def make_plan(spec: Spec, spec_file: Path, lock: Lock, root: Path) -> Plan:
    """Spec and lock to a plan. `root` is the collection's directory, whose code is digested."""
    target = Target(spec, lock, lock.architecture, root)
    image = RECIPES[spec.vessel].image(target)
    formats = format_stages(root, image, spec.outputs, FORMATS)
    papers = paper_stages(root, PAPERS, image, formats)
    return Plan(
        root=root,
        spec_file=spec_file,
        name=spec.name,
        stem=image.stem,
        beside=tuple(sources(spec.normalised())),
        roles=tuple(sorted(role_sources(spec.normalised()))),
        tools=image.tools,
        goals=(*formats.values(), *papers.values(), checksums(root, papers)),
    )


def plan_spec(
    spec_file: Path, root: Path, output: Path, *, keep: bool, verify: bool = False
) -> Planned:
    """The plan of a spec; `keep` saves it for the build's later processes when it is locked.

    An image is taken for built when its files have the manifest's sizes, and with `verify` only
    when they have its digests, too. Raises VES-926 when there is something to build, and no image
    can be written.
    """
    spec = load_spec(spec_file)
    lock = read_lock(lock_path(spec_file))
    if lock is None or not is_current(lock, spec, spec_file.parent, root):
        return Planned(None, spec.name)
    fixed.demand(lock, lock_path(spec_file), spec, RECIPES[spec.vessel].wants(spec), root)
    plan = make_plan(spec, spec_file, lock, root)
    built = is_built(plan, output, verify)
    if keep:
        if not built:
            demand_writable(output / plan.name)
        save(plan)
    return Planned(plan, spec.name, built, last_parts(spec_file, root, output))


def is_built(plan: Plan, output: Path, verify: bool) -> bool:
    """True when the image below `output` is of this plan, every file with its size or digest, and
    the report, the last that a build writes, is there."""
    directory = output / plan.name
    try:
        return (
            built_of(directory) == plan.id
            and (directory / REPORT).is_file()
            and read(directory).is_whole(verify=verify)
        )
    except (VesselError, OSError, ValueError, KeyError, TypeError):
        return False  # nothing there, or not ours: it is built
