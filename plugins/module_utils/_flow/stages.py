"""The offline half, one stage at a time: packages, node, preload, disk, export."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.files import atomic_directory, write_text
from .._common.places import cache_root
from .._common.progress import report
from .._common.scratch import scratch
from .._disk.disk import build_disk
from .._export.export import export, write_build
from .._plan.plan import Plan, Stage
from .._tree import kept
from .._tree.images import kubeadm_images
from .._tree.mounts import unmount
from .._tree.packages import build_packages
from .._tree.preload import build_preload
from .._tree.tools import Tools
from .describe import image_of, node_variables, preload_inputs
from .store import programs
from .tools import the_store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one stage task tells its playbook."""

    changed: bool
    stage_id: str
    tree: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


def run_stage(plan: Plan, name: str, output: Path) -> Outcome:
    """Run one stage unless its result is kept. `node` has two phases of its own, below."""
    stage = plan.stage(name)
    if name == "export":
        return _export(plan, stage, output)
    if kept.is_kept(stage.id):
        kept.touch(stage.id)
        _note(plan, name, 0.0, cached=True)
        return Outcome(changed=False, stage_id=stage.id)
    report(f"{name}: {stage.title}")
    started = time.monotonic()
    MAKERS[name](plan, kept.place(stage.id))
    kept.settle(stage.id)
    _note(plan, name, time.monotonic() - started, cached=False)
    return Outcome(changed=True, stage_id=stage.id)


def open_node(plan: Plan) -> Outcome:
    """Begin the node stage: a copy of the package tree, and the variables of its roles."""
    stage = plan.stage("node")
    if kept.is_kept(stage.id):
        kept.touch(stage.id)
        _note(plan, "node", 0.0, cached=True)
        return Outcome(changed=False, stage_id=stage.id)
    report(f"node: {stage.title}")
    # The clock is the host's, so the close in another process can add its own reading.
    _note(plan, "node", -time.monotonic(), cached=False)
    tree = kept.open_copy(plan.stage("packages").id, stage.id)
    variables = node_variables(plan, programs(plan), the_store())
    return Outcome(changed=True, stage_id=stage.id, tree=str(tree), variables=variables)


def close_node(plan: Plan, tree: Path) -> Outcome:
    """Keep the tree that the roles have filled."""
    stage = plan.stage("node")
    unmount(tree)
    kept.close(stage.id)
    _note(plan, "node", _journal(plan)["node"]["seconds"] + time.monotonic(), cached=False)
    return Outcome(changed=True, stage_id=stage.id)


def _packages(plan: Plan, place: Path) -> None:
    build_packages(
        plan.lock["debian"]["node"],
        the_store(),
        place,
        epoch=plan.lock["source_date_epoch"],
        release=plan.lock["debian"]["release"],
    )


def _preload(plan: Plan, place: Path) -> None:
    made, store = programs(plan), the_store()
    with scratch("images") as work:
        images = kubeadm_images(**preload_inputs(plan, made, store), scratch=work)
        build_preload(
            images,
            store.need(made["native/vessel-preload"], "vessel-preload"),
            place,
            epoch=plan.lock["source_date_epoch"],
            architecture=plan.lock["architecture"],
        )


def _disk(plan: Plan, place: Path) -> None:
    with atomic_directory(place) as directory:
        build_disk(
            [kept.place(plan.stage(name).id) for name in ("node", "preload")],
            _tools(plan),
            directory / "disk.raw",
            identity=plan.stage("disk").id,
            epoch=plan.lock["source_date_epoch"],
        )


def _export(plan: Plan, stage: Stage, output: Path) -> Outcome:
    report(f"export: {stage.title}")
    started = time.monotonic()
    directory = output / plan.spec["name"]
    disk = kept.place(plan.stage("disk").id) / "disk.raw"
    image = image_of(plan, programs(plan), the_store())
    export(disk, _tools(plan), directory, image, plan.spec["outputs"])
    _note(plan, "export", time.monotonic() - started, cached=False)
    write_build(directory, [{"name": k, **v} for k, v in _journal(plan).items()])
    return Outcome(changed=True, stage_id=stage.id)


MAKERS: dict[str, Callable[[Plan, Path], None]] = {
    "packages": _packages,
    "preload": _preload,
    "disk": _disk,
}


def _tools(plan: Plan) -> Tools:
    return Tools(kept.place(plan.stage("tools").id))


def _journal_path(plan: Plan) -> Path:
    return cache_root() / "runs" / f"{plan.id}.json"


def _journal(plan: Plan) -> dict[str, dict[str, Any]]:
    path = _journal_path(plan)
    return json.loads(path.read_bytes()) if path.exists() else {}


def _note(plan: Plan, name: str, seconds: float, *, cached: bool) -> None:
    """Remember how long a stage took in this run: each stage is a process of its own."""
    journal = {**_journal(plan), name: {"seconds": round(seconds, 1), "cached": cached}}
    write_text(_journal_path(plan), json.dumps(journal))
