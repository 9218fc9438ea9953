"""Spec and lock to a plan, with what is known of each stage's result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._export.manifest import MANIFEST
from .._lock.lockfile import is_current, lock_path, read_lock
from .._plan.plan import Plan, Stage, make_plan, save
from .._spec.load import load_spec
from .._tree import kept
from .receipt import is_whole, last_parts

NAMED = 5  # changed parts that are told by name


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, whether the output directory holds its image already, and what the ids of the last
    build's stages were made of."""

    plan: Plan
    built: bool
    before: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        """One row per stage: name, title, id, kept, and why it runs."""
        found = []
        for stage in self.plan.stages:
            is_kept = self.built if stage.name == "export" else kept.is_kept(stage.id)
            row = {"name": stage.name, "title": stage.title, "id": stage.id, "kept": is_kept}
            found.append({**row, "why": "" if is_kept else self._why(stage)})
        return found

    def table(self) -> str:
        """The plan as a person reads it."""
        lines = [f"plan {self.plan.id[:12]} for {self.plan.image_name}"]
        for row in self.rows():
            state = "kept" if row["kept"] else "runs"
            lines.append(f"  {state}  {row['name']:<9} {row['id'][:12]}  {row['title']}")
            if row["why"]:
                lines.append(f"        because {row['why']}")
        return "\n".join(lines) + "\n"

    def _why(self, stage: Stage) -> str:
        before = self.before.get(stage.name)
        if not self.plan.lock:
            return "the spec is not locked yet"
        if before is None:
            return "no build of this spec has ended here yet"
        changed = [
            part for part in {**stage.parts, **before} if stage.parts.get(part) != before.get(part)
        ]
        if not changed:
            return "its result is no longer kept"
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        return f"something has changed: {', '.join(changed[:NAMED])}{more}"


def plan_spec(
    spec_file: Path, root: Path, output: Path, *, keep: bool, verify: bool = False
) -> Planned:
    """The plan of a spec; `keep` saves it for the build's later processes when it is locked.

    An image is taken for built when its files have the manifest's sizes, and with `verify` only
    when they have its digests, too.
    """
    spec = load_spec(spec_file)
    lock = read_lock(lock_path(spec_file))
    plan = make_plan(
        spec, spec_file, lock if is_current(lock, spec, spec_file.parent, root) else None, root
    )
    if plan.lock and keep:
        save(plan)
    stages = [{"name": stage.name, "id": stage.id} for stage in plan.stages]
    built = _is_whole(output / spec.name, stages, verify)
    return Planned(plan, built, last_parts(spec_file, root, output))


def _is_whole(directory: Path, stages: list[dict[str, str]], verify: bool) -> bool:
    """True when `directory` has the image of these stages, every file with its size or digest."""
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        return manifest["stages"] == stages and is_whole(directory, manifest, verify=verify)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # nothing there, or not ours: it is built
