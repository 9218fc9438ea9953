"""The program that the sandbox runs: the half of a build that has no network.

    python -m ….build <plan id> <output directory>

Stages run side by side as soon as what they are made of is there.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from .._common.errors import VesselError
from .._common.progress import report
from .._common.refusals import refusals_told
from .._export.publish import publish, write_build
from .._plan.plan import Plan, load
from .._plan.stage import Stage
from .._report.page import write_report
from .._tree import kept
from . import journal
from .making import make, missing, need


def build(plan: Plan, output: Path) -> None:
    """Make what is missing for the goals of `plan`, and publish them below `output`.

    Raises VES-112 for a missing result of the online half, and what the stages raise, the first
    one's error.
    """
    wanted = missing(plan.goals)
    for stage in wanted:
        if stage.kind.online:
            need(stage)
    run_all(plan, wanted)
    directory = output / plan.name
    report(f"publish: {directory}")
    publish([kept.place(goal.id) for goal in plan.goals], directory)
    write_build(directory, plan.id, journal.rows(plan))
    journal.end(plan)
    write_report(directory)


def run_all(plan: Plan, wanted: Sequence[Stage]) -> None:
    """Make the stages `wanted`, each when its inputs are made; after the first error no more of
    them begin."""
    waiting = {stage.id: stage for stage in wanted}
    running: dict[Future[float], Stage] = {}
    most = max(2, os.cpu_count() or 1)
    with ThreadPoolExecutor(most) as workers:
        while waiting or running:
            ready = [each for each in waiting.values() if _is_ready(each, waiting, running)]
            # No more than can run: what waits in the pool would begin after an error, too.
            for stage in ready[: most - len(running)]:
                running[workers.submit(make, plan.root, waiting.pop(stage.id))] = stage
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                journal.note(plan, running.pop(future).id, future.result())


def _is_ready(stage: Stage, waiting: dict[str, Stage], running: dict[Future[float], Stage]) -> bool:
    unmade = waiting.keys() | {each.id for each in running.values()}
    return not any(each.id in unmade for each in stage.inputs.values())


def main() -> int:
    """The command line."""
    # At once: the programs that stages run die with their parent, and what is half done is swept.
    signal.signal(signal.SIGINT, lambda number, _frame: os._exit(128 + number))
    try:
        with refusals_told():
            build(load(sys.argv[1]), Path(sys.argv[2]))
    except VesselError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
