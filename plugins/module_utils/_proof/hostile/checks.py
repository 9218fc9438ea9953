"""Checks that hostile pods end as they must, and nobody else hears of them: one check a group."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ..._machine.waiting import poll
from ..._workloads import container_images as images
from ..check import Verdict, check
from ..cluster.forming import import_archive
from ..context import Context
from ..krustlet import node
from ..krustlet.registry import bring_registry
from ..krustlet.state import node_name
from ..phases import HOSTILE, HOSTILE_KRUSTLET
from ..subjects import engines, krustlet
from .catalogue import BEATS, GROUPS, NAME, Hostile, group_of, name_of, neighbour
from .ending import fits, logs_by_pod, restarted, silences, told, unwell

# Seconds: Krustlet's compiler may take two minutes, and kubelet looks at volumes once a minute.
PATIENCE = 240.0
# What has no end must have run so long, beside the others.
HELD = 20.0
GONE_WITHIN = 120
LOGS = "--prefix --ignore-errors --tail=5 --limit-bytes=4000 --max-log-requests=50"


@check("hostile.import", HOSTILE.at(10), step=True)
def import_images(context: Context) -> Verdict:
    """The tenants' programs are in the node's image store."""
    archive = images.make_archive(context.root, images.TENANTS)
    return import_archive(context, archive, images.TENANTS)


@check(
    "hostile.{}.neighbour",
    HOSTILE.at(20, 0, of=engines),
    HOSTILE_KRUSTLET.at(20, 0, of=krustlet),
    step=True,
)
def begin(context: Context, column: str) -> Verdict:
    """The neighbour runs, and nothing of the catalogue is left."""
    if column == node.NAME:
        bring_registry(context)
    _clear(context, column)
    context.cluster.apply([neighbour(column)])
    missing = poll(lambda: "" if _log(context, BEATS, column) else "no beat", context.patience)
    return Verdict(not missing, "a beat", missing or "a beat")


def _clear(context: Context, column: str, *names: str) -> None:
    """Each pod of the column, or those `names`, is gone soon, whatever it does."""
    which = " ".join(names) or f"--selector={NAME}={column}"
    wait = f"--wait --timeout={GONE_WITHIN}s"
    context.cluster.insist(f"delete pods {which} --ignore-not-found {wait}", patience=GONE_WITHIN)


def _log(context: Context, name: str, column: str) -> str:
    said = context.cluster.kubectl(f"logs {name_of(name, column)} --tail=2000", check=False)
    return said.stdout


def _here(context: Context, column: str) -> str:
    return node_name(context) if column == node.NAME else context.machine.hostname


def _ended(context: Context, column: str, rows: tuple[Hostile, ...]) -> dict[str, str]:
    """What became of each pod so far, by its name in the catalogue."""
    pods = {
        pod["metadata"]["name"]: pod
        for pod in context.cluster.get(f"pods --selector={NAME}={column}")
    }
    said = context.cluster.kubectl(f"logs --selector={NAME}={column} {LOGS}", check=False).stdout
    logs, found = logs_by_pod(said), {}
    for row in rows:
        name = name_of(row.name, column)
        found[row.name] = told(pods[name], logs.get(name, "")) if name in pods else "no pod"
    return found


def wrongly(rows: tuple[Hostile, ...], column: str, found: Mapping[str, str]) -> list[str]:
    """Each pod that did not end as its row says."""
    return [
        f"{row.name}: {found[row.name]}, not {row.expected(column)!r}"
        for row in rows
        if not fits(row.expected(column), found[row.name])
    ]


def _beside(context: Context, column: str, begun: float) -> list[str]:
    """What the neighbour and the node felt of it."""
    found = context.cluster.get(f"pod {name_of('beats', column)}")
    felt = restarted(found[0]) if found else ["there is no neighbour"]
    felt += silences(_log(context, BEATS, column), begun, context.now())
    return felt + unwell(context.cluster.get("nodes"), _here(context, column), begun)


def _group(name: str) -> Callable[[Context, str], Verdict]:
    """The check of one group of the catalogue."""
    rows = group_of(name)

    def look_at(context: Context, column: str) -> Verdict:
        since, begun = time.monotonic(), context.now()
        context.cluster.apply([row.pod(column) for row in rows])
        found: dict[str, str] = {}

        def look() -> str:
            found.update(_ended(context, column, rows))
            early = time.monotonic() - since < HELD
            return "; ".join(wrongly(rows, column, found)) or ("too early" if early else "")

        missing = poll(look, min(context.patience, PATIENCE))
        _clear(context, column, *(name_of(row.name, column) for row in rows))
        wrong = [*([missing] if missing else []), *_beside(context, column, begun)]
        took = f"{len(rows)} pods in {time.monotonic() - since:.0f} s"
        shown = tuple(f"{each}: {said}"[:300] for each, said in found.items())
        actual = "; ".join(wrong) or "; ".join((took, *(each[:80] for each in shown)))
        return Verdict(not wrong, "each ends as its row says, and nobody else", actual, shown)

    return look_at


for _place, _name in enumerate(GROUPS, start=1):
    check(
        f"hostile.{{}}.{_name}",
        HOSTILE.at(20, _place, of=engines),
        HOSTILE_KRUSTLET.at(20, _place, of=krustlet),
    )(_group(_name))
