"""The half of a build that uses the network: blobs are fetched, online stages are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from .._common.errors import VesselError
from .._common.places import cache_root
from .._common.space import space
from .._common.turn import turn
from .._plan.plan import Plan
from .._plan.stage import Blob, Stage, all_blobs
from .._store.debs import fetch_debs
from .._store.fetch import fetch
from .._store.quick import has_quick, quicken
from .._tree import kept
from .._tree.tools import Tools
from . import journal
from .making import make, make_together, missing, the_store, touch


def fill(plan: Plan) -> list[str]:
    """Fetch and verify what the stages that have to run take in, and make those of them that use
    the network. Returns the names of what was made."""
    journal.begin(plan)
    touch(plan.stages)
    with turn("store", f"the store of {plan.name}"):
        wanted = missing(plan.goals)
        bring(all_blobs(wanted), plan.spec_file.parent)
        _quicken(plan, wanted)
    made = []
    for name in dict.fromkeys(stage.kind.turn for stage in online(wanted)):
        with turn(name, f"the {name} of {plan.name}"):
            made += _make(plan, name)
    return made


def online(wanted: Iterable[Stage]) -> list[Stage]:
    """Of the stages `wanted` those that use the network, with what has to be made for them."""
    return missing([stage for stage in wanted if stage.kind.online])


def bring(blobs: Iterable[Blob], beside: Path) -> None:
    """Put the blobs that the store lacks into it; files of the user's lie in `beside`.

    Raises VES-402 for bytes that are not the locked ones, VES-403 for what cannot be had.
    """
    store = the_store()
    lacking = [blob for blob in blobs if not store.path(blob.sha256)]
    with space(cache_root(), sum(blob.size for blob in lacking), "filling the store"):
        debs = [blob for blob in lacking if "archive" in blob.origin]
        fetch_debs(debs, store)
        for blob in lacking:
            if "beside" in blob.origin:
                _bring_file(beside / blob.origin["beside"], blob.sha256)
            elif "url" in blob.origin:
                fetch(blob.origin["url"], store, blob.sha256, blob.size)


def _bring_file(file: Path, sha256: str) -> None:
    try:
        the_store().add_file(file, sha256)
    except FileNotFoundError as error:
        raise VesselError.of(
            "VES-403", f"{file} was removed while the build ran", "Put it back, and build again."
        ) from error


def ensure(root: Path, stage: Stage) -> Path:
    """The result of one stage that uses no file of the user's, made with all it needs unless it is
    kept; only for whoever has the turn."""
    for each in missing([stage]):
        bring(each.blobs.values(), root)
        make(root, each)
    kept.check(stage.id, stage.name)
    return kept.place(stage.id)


def _make(plan: Plan, name: str) -> list[str]:
    """Make the stages of one turn that are still missing; returns their names."""
    wanted = [each for each in online(missing(plan.goals)) if each.kind.turn == name]
    together: dict[str, list[Stage]] = {}
    for stage in wanted:
        if stage.kind.together:
            together.setdefault(stage.kind.name, []).append(stage)
        else:
            journal.note(plan, stage.id, make(plan.root, stage))
    for stages in together.values():
        took: Mapping[str, float] = make_together(plan.root, stages)
        for identity, seconds in took.items():
            journal.note(plan, identity, seconds)
    return [stage.name for stage in wanted]


def _quicken(plan: Plan, wanted: Iterable[Stage]) -> None:
    """The form that unpacks quickly, of the packages that stages want so."""
    debs = {
        blob.sha256: blob.name
        for stage in wanted
        if stage.kind.quick
        for blob in stage.blobs.values()
        if "archive" in blob.origin
    }
    lacking = {sha256: name for sha256, name in debs.items() if not has_quick(sha256, the_store())}
    if lacking:
        zstd = Tools(ensure(plan.root, plan.tools)).argv("zstd")
        quicken(lacking, the_store(), zstd)
