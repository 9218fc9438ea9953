"""A stage is made: its blobs and inputs are found, its maker is called, its result is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import write_text
from .._common.places import cache_root
from .._common.progress import report
from .._common.refusals import naming
from .._plan.stage import Stage, Work, in_order
from .._store.content import Store
from .._store.quick import quick
from .._tree import kept


def the_store() -> Store:
    """The user's store."""
    return Store(cache_root() / "store")


def missing(goals: Iterable[Stage]) -> list[Stage]:
    """The stages that have to be made for the results of `goals`, inputs first; what only a kept
    result was made of need not be there."""
    found: dict[str, Stage] = {}
    seen: set[str] = set()

    def look(wanted: Stage) -> None:
        if wanted.id in seen:
            return
        seen.add(wanted.id)
        if kept.is_kept(wanted.id):
            return
        for each in wanted.inputs.values():
            look(each)
        found[wanted.id] = wanted

    for goal in goals:
        look(goal)
    return [each for each in in_order(goals) if each.id in found]


def touch(stages: Iterable[Stage]) -> None:
    """Note that the results and blobs of `stages` that are kept were used: what is not, is pruned
    some day."""
    for stage in stages:
        the_store().touch(blob.sha256 for blob in stage.blobs.values())
        if kept.is_kept(stage.id):
            kept.touch(stage.id)


def make(root: Path, stage: Stage) -> float:
    """Make the result of `stage` and keep it; returns the seconds that it took.

    `root` is the collection's directory. Raises VES-401 and VES-406 for a blob or an input that is
    not there or is damaged, and what the maker raises.
    """
    begun = _announce(stage)
    with _work(root, stage) as work, naming(work.place):
        stage.kind.make(work)
    return _tell(stage, begun)


def make_together(root: Path, stages: Sequence[Stage]) -> Mapping[str, float]:
    """The same for several stages of one kind that makes them together: id -> seconds.

    Each is kept as soon as it is whole.
    """
    (kind,) = {stage.kind.name: stage.kind for stage in stages}.values()
    if kind.together is None:
        raise TypeError(f"{kind.name} makes one stage at a time")
    begun = {stage.id: _announce(stage) for stage in stages}
    by_id = {stage.id: stage for stage in stages}
    took: dict[str, float] = {}
    with ExitStack() as all_of_them:
        open_works: dict[str, ExitStack] = {}
        works = []
        for stage in stages:
            open_works[stage.id] = all_of_them.enter_context(ExitStack())
            works.append(open_works[stage.id].enter_context(_work(root, stage)))
        with naming(kept.stages_root()):
            for work in kind.together(works):
                open_works[work.identity].close()
                took[work.identity] = _tell(by_id[work.identity], begun[work.identity])
    return took


@contextmanager
def _work(root: Path, stage: Stage) -> Iterator[Work]:
    store, kind = the_store(), stage.kind
    blobs = {
        name: quick(blob.sha256, blob.name, store) if kind.quick and "archive" in blob.origin
        else store.need(blob.sha256, blob.name)
        for name, blob in stage.blobs.items()
    }  # fmt: skip
    over = stage.inputs[kind.over].id if kind.over else ""
    with ExitStack() as stack:
        inputs = {}
        for name, each in stage.inputs.items():
            if name != kind.over:
                kept.check(each.id, each.name)
                inputs[name] = stack.enter_context(kept.whole(each.id))
        making = kept.making(stage.id, over=over, vouched=kind.online)
        place = stack.enter_context(making)
        yield Work(stage.options, inputs, blobs, place, stage.id, root)


def need(stage: Stage) -> None:
    """Raises VES-112 when the result of an online stage is not kept."""
    if kept.is_kept(stage.id):
        return
    raise VesselError.of(
        "VES-112",
        f"the cache does not hold what this plan needs: {stage.name}",
        "Run `ansible-playbook build-image.yml`, or `packer build packer/` without plan_id.",
    )


def _announce(stage: Stage) -> float:
    """Say that a stage begins, and how long it took here last time; returns the clock's reading."""
    last = _last_times().get(stage.name)
    report(f"{stage.name}: {stage.title}{f' ({last:.0f} s last time)' if last else ''}")
    return time.monotonic()


def _tell(stage: Stage, begun: float) -> float:
    """Say that a stage has ended and its result is kept, for progress.py and the next run."""
    seconds = time.monotonic() - begun
    report(f"{stage.name}: done after {seconds:.1f} s")
    write_text(_last_times_path(), json.dumps({**_last_times(), stage.name: round(seconds, 1)}))
    return seconds


def _last_times_path() -> Path:
    return cache_root() / "runs" / "last.json"


def _last_times() -> dict[str, float]:
    try:
        found: dict[str, float] = json.loads(_last_times_path().read_bytes())
    except (OSError, ValueError):
        return {}  # never needed for a result
    return found
