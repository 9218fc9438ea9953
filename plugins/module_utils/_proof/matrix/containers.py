"""The rows that a container of the matrix shows by its status and its log."""

from __future__ import annotations

from functools import partial

from ..._workloads.onnx import WEIGHTS
from ..check import Verdict
from ..context import Context
from ..pods.pod import make_pod
from ..runtimes import RUNTIMES
from . import cells
from .cells import Cell
from .ended import Ended
from .objects import labelled
from .rows import row

# containerd's shim for runc and crun learns of a kill from a control group that goes with what was
# killed, and now and then it is too late: the container has status 137 then, and no reason.
OOM_TRIES = 3
COMPILATIONS = (
    "journalctl --boot -u containerd -o cat"
    " | awk '/precompiling layers/ { number++ } END { print number + 0 }'"
)
ENDED = Ended()


def shown(context: Context, column: str, cell: Cell, pod: str) -> Verdict:
    """Whether the container that shows `cell` did as it should, in the column's `pod`."""
    found = ENDED.container(context, f"{pod}-{column}", cell.place)
    if isinstance(found, str):
        return Verdict(False, cell.title, found)
    seen = cell.of(found)
    return Verdict(cell.good(seen), cell.title, str(seen))


def plain(context: Context, column: str, name: str) -> Verdict:
    """The cell called `name`, shown by the pod that it is in."""
    pod = "unusual" if name in {each.name for each in cells.unusual()} else "cells"
    return shown(context, column, known_cell(column, name), pod)


def known_cell(column: str, name: str) -> Cell:
    """The cell called `name`, as this column's pods show it."""
    group = (*cells.plain(f"cells-{column}"), *cells.unusual())
    (cell,) = [cell for cell in group if cell.name == name]
    return cell


def oom(context: Context, column: str) -> Verdict:
    """The cause is told; where telling it is containerd's, of one kill in three."""
    verdict = plain(context, column, "oom")
    for number in range(1, OOM_TRIES if RUNTIMES[column].oci else 1):
        if verdict.passed:
            break
        containers = cells.containers([known_cell(column, "memory-limit")])
        again = make_pod(f"again{number}-{column}", column, containers, restartPolicy="Never")
        context.cluster.apply([labelled(again)])
        verdict = shown(context, column, known_cell(column, "oom"), f"again{number}")
    return verdict


def model(context: Context, column: str, name: str) -> Verdict:
    """The model gave the reference's numbers for what its container was given."""
    pod = f"models-{column}"
    found = context.cluster.get(f"pod {pod}")
    if not found:
        return Verdict(False, "a pod", f"there is no pod {pod}")
    given = [float(text) for text in found[0]["spec"]["containers"][0]["args"]]
    width = len(WEIGHTS)
    inputs = [given[first : first + width] for first in range(0, len(given), width)]
    (cell,) = [cell for cell in cells.models(inputs) if cell.name == name]
    return shown(context, column, cell, "models")


@row("precompiled", "precompiled once", 30)
def precompiled(context: Context, column: str) -> Verdict:
    """containerd keeps what the engine compiled of an artifact, and the next start takes it."""
    kept = context.sh(
        "ctr --namespace k8s.io content ls"
        f" | grep -o 'runwasi.io/precompiled/{column}/[0-9]*' | sort -u"
    )
    if not kept:
        return Verdict(False, "a compiled module", "nothing compiled")
    before = context.sh(COMPILATIONS)
    again = make_pod(
        f"reuse-{column}",
        column,
        cells.containers([known_cell(column, "artifact")]),
        restartPolicy="Never",
    )
    context.cluster.apply([labelled(again)])
    verdict = shown(context, column, known_cell(column, "artifact"), "reuse")
    after = context.sh(COMPILATIONS)
    # What is kept was compiled since the boot: a journal without it has nothing to compare.
    same = before == after and before not in ("", "0")
    counted = Verdict(same, "no module compiled", f"compiled {before}, then {after} times")
    return counted if verdict.passed else verdict


def _add_rows() -> None:
    for place, cell in enumerate((*cells.plain(""), *cells.unusual()), start=1):
        row(cell.name, cell.title, place)(
            oom if cell.name == "oom" else partial(plain, name=cell.name)
        )
    for place, cell in enumerate(cells.models([]), start=31):
        row(cell.name, cell.title, place)(partial(model, name=cell.name))


_add_rows()
