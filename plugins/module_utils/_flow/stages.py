"""The offline half: packages, node, seal, preload, disk, export; between them come the roles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .._common.files import atomic_directory, write_text
from .._common.places import cache_root
from .._common.progress import report
from .._common.scratch import scratch
from .._common.space import space
from .._disk.disk import build_disk
from .._disk.layout import Boot
from .._export.export import export, write_build
from .._kinds.architectures import ARCHITECTURES
from .._plan.plan import Plan, Stage
from .._report.page import write_report
from .._tree import kept
from .._tree.images import kubeadm_images
from .._tree.mounts import unmount
from .._tree.packages import build_packages
from .._tree.preload import build_preload
from .._tree.tools import Tools
from .describe import image_of, node_variables, own_archives, preload_inputs
from .store import programs
from .tools import the_store

Row = dict[str, Any]  # of build.json: seconds, cached
CACHED: Row = {"seconds": 0.0, "cached": True}


def begin(plan: Plan) -> Path | None:
    """Make packages and preload side by side, then open the node's tree for its roles; there is
    none to fill when the node's result is kept.

    Raises what the stages raise, the first one's error.
    """
    _journal_path(plan).unlink(missing_ok=True)
    names = ("packages", "preload")
    with ThreadPoolExecutor(len(names)) as workers:
        rows = list(workers.map(lambda name: _make(plan, name), names))
    _note(plan, dict(zip(names, rows, strict=True)))
    return _open(plan, "node")


def seal(plan: Plan, tree: Path | None) -> Path | None:
    """Keep the node's `tree`, where there was one to fill; then open the one to be sealed."""
    _close(plan, "node", tree)
    return _open(plan, "seal")


def finish(plan: Plan, tree: Path | None, output: Path) -> None:
    """Keep the sealed `tree`, where there was one to fill; then make the disk and export it."""
    _close(plan, "seal", tree)
    _note(plan, {"disk": _make(plan, "disk")})
    _export(plan, plan.stage("export"), output)


def variables(plan: Plan) -> dict[str, Any]:
    """The variables of the roles; VES-112 when the store lacks what they name."""
    return node_variables(plan, programs(plan), the_store())


def _open(plan: Plan, name: str) -> Path | None:
    """Open the tree of a stage that roles fill, unless its result is kept."""
    stage = plan.stage(name)
    if kept.is_kept(stage.id):
        kept.touch(stage.id)
        _note(plan, {name: CACHED})
        return None
    _announce(stage)
    # The clock is the host's, so `_close` in another process can add its own reading.
    _note(plan, {name: _took(-time.monotonic())})
    (parent,) = stage.parents
    with space(kept.stages_root(), _programs_size(plan) if name == "node" else 0, "the node"):
        return kept.open_tree(plan.stage(parent).id, stage.id)


def _close(plan: Plan, name: str, tree: Path | None) -> None:
    if tree is not None:
        unmount(tree)
        kept.close(plan.stage(name).id)
        begun = float(_journal(plan)[name]["seconds"])
        _note(plan, {name: _finished(name, begun + time.monotonic())})


def _programs_size(plan: Plan) -> int:
    """Bytes of the programs that the node's roles lay down: nearly all that they write."""
    given = variables(plan)
    paths = [*given["vessel_binaries"].values(), *given["vessel_cni_plugins"].values()]
    return sum(Path(path).stat().st_size for path in paths)


def _make(plan: Plan, name: str) -> Row:
    """Make a stage's result unless it is kept; returns its row of build.json."""
    stage = plan.stage(name)
    if kept.is_kept(stage.id):
        kept.touch(stage.id)
        return CACHED
    _announce(stage)
    started = time.monotonic()
    MAKERS[name](plan, kept.place(stage.id))
    kept.settle(stage.id)
    return _finished(name, time.monotonic() - started)


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
            archives=own_archives(plan, store),
        )


def _disk(plan: Plan, place: Path) -> None:
    preload = kept.place(plan.stage("preload").id)
    with kept.whole(plan.stage("seal").id) as tree, atomic_directory(place) as directory:
        build_disk(
            [tree, preload],
            _tools(plan),
            directory / "disk.raw",
            identity=plan.stage("disk").id,
            epoch=plan.lock["source_date_epoch"],
            boot=boot_of(plan),
            kernel_arguments=plan.spec["customize"]["kernel_arguments"],
        )


def boot_of(plan: Plan) -> Boot:
    """What of its disk the plan's architecture decides."""
    of = ARCHITECTURES[plan.lock["architecture"]]
    return Boot(of.grub, of.efi_path, of.root_type, of.consoles)


def _export(plan: Plan, stage: Stage, output: Path) -> None:
    _announce(stage)
    started = time.monotonic()
    directory = output / plan.spec["name"]
    disk = kept.place(plan.stage("disk").id) / "disk.raw"
    image = image_of(plan, programs(plan), the_store())
    export(disk, _tools(plan), directory, image, plan.spec["outputs"])
    _note(plan, {"export": _finished("export", time.monotonic() - started)})
    journal = _journal(plan)
    names = [stage.name for stage in plan.stages if stage.name in journal]
    write_build(directory, [{"name": name, **journal[name]} for name in names])
    write_report(directory)


MAKERS: dict[str, Callable[[Plan, Path], None]] = {
    "packages": _packages,
    "preload": _preload,
    "disk": _disk,
}


def _tools(plan: Plan) -> Tools:
    return Tools(kept.place(plan.stage("tools").id))


def _journal_path(plan: Plan) -> Path:
    return cache_root() / "runs" / f"{plan.id}.json"


def _journal(plan: Plan) -> dict[str, Row]:
    path = _journal_path(plan)
    return json.loads(path.read_bytes()) if path.exists() else {}


def _note(plan: Plan, rows: Mapping[str, Row]) -> None:
    """Remember how long stages took in this run: a build is more than one process."""
    path = _journal_path(plan)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**_journal(plan), **rows}))


def _announce(stage: Stage) -> None:
    """Say that a stage begins, and how long it took here last time."""
    last = _last_times().get(stage.name)
    report(f"{stage.name}: {stage.title}{f' ({last:.0f} s last time)' if last else ''}")


def _finished(name: str, seconds: float) -> Row:
    """Say that a stage has ended and its result is kept, for progress.py and the next run."""
    report(f"{name}: done after {seconds:.1f} s")
    write_text(_last_times_path(), json.dumps({**_last_times(), name: round(seconds, 1)}))
    return _took(seconds)


def _last_times_path() -> Path:
    return cache_root() / "runs" / "last.json"


def _last_times() -> dict[str, float]:
    try:
        found: dict[str, float] = json.loads(_last_times_path().read_bytes())
    except (OSError, ValueError):
        return {}  # never needed for a result
    return found


def _took(seconds: float) -> Row:
    return {"seconds": round(seconds, 1), "cached": False}
