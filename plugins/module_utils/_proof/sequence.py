"""Which checks make the proof of an image, in which phase and order, and in which boot of the
guest: all of it follows from what the checks say."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .._common.errors import VesselError
from .._common.progress import report
from .._export.exported import Exported
from .._kinds.vessels import VESSELS
from .check import Check, Phase, Place, Subject, Verdict, found
from .context import Context
from .results import CheckResult, now

NO_FAULT = "no fault in the check itself"


@dataclass(frozen=True, slots=True)
class Step:
    """A check of one subject, where it stands in the proof of an image."""

    check: Check
    subject: Subject
    at: Place

    @property
    def name(self) -> str:
        """The check's name with the subject's in it."""
        return self.check.name.format(self.subject.name)

    @property
    def key(self) -> tuple[int, int, int, int]:
        """What the proof is ordered by."""
        return (self.at.phase.rank, self.at.place, self.subject.turn, self.at.within)


def steps(exported: Exported) -> list[Step]:
    """Every check of an image in the order of its proof; one in two phases is there twice. Its
    vessel says which phases there are."""
    every = (
        Step(check, subject, at)
        for check in found().values()
        for at in check.places
        if at.phase.name in VESSELS[exported.vessel].phases
        for subject in at.of(exported)
    )
    return sorted(every, key=lambda step: step.key)


def phases(exported: Exported) -> Mapping[Phase, tuple[str, ...]]:
    """Phase -> the names of its checks, for an image with what `exported` has."""
    made: dict[Phase, list[str]] = {}
    for step in steps(exported):
        made.setdefault(step.at.phase, []).append(step.name)
    return {phase: tuple(names) for phase, names in made.items()}


def names_of(exported: Exported, phase: str) -> tuple[str, ...]:
    """The names of the checks of one phase. Raises VES-807 when the image has none of that name."""
    made = {each.name: names for each, names in phases(exported).items()}
    if phase not in made:
        raise VesselError.of(
            "VES-807", f"there is no phase {phase}", f"There are: {', '.join(made)}"
        )
    return made[phase]


def required(exported: Exported) -> tuple[str, ...]:
    """The keys (see `CheckResult.key`) of every result that a whole proof has."""
    return tuple(
        f"{phase.name}/{boot}/{name}"
        for phase, names in phases(exported).items()
        for boot in phase.boots
        for name in names
    )


def run_checks(context: Context, names: Sequence[str], phase: str) -> list[CheckResult]:
    """Run the checks called `names` in that order; after a failed step the rest is left out.

    An error inside a check is that check's failure, foreseen or not. Raises VES-807 for a name that
    no check of this image has.
    """
    known = {step.name: step for step in steps(context.exported)}
    if unknown := [name for name in names if name not in known]:
        raise VesselError.of(
            "VES-807", f"there is no check {', '.join(unknown)}", f"There are: {', '.join(known)}"
        )
    results = []
    for name in names:
        result = _run(known[name], context)
        results.append(replace(result, phase=phase, boot=context.lab.boots))
        report(f"{'ok' if result.passed else 'FAILED'}  {result}")
        if known[name].check.step and not result.passed:
            break
    return results


def _run(step: Step, context: Context) -> CheckResult:
    begun = time.monotonic()
    try:
        verdict = step.check.of(step.subject.name, context)
    except VesselError as error:
        problem = error.problems[0]
        verdict = Verdict(False, "no error", problem.what, tuple(problem.hint.splitlines()[-12:]))
    except Exception as error:  # a fault of the check's must not hide what the others found
        *lines, last = "".join(traceback.format_exception(error)).splitlines()
        verdict = Verdict(False, NO_FAULT, last, tuple(lines[-8:]))
    return CheckResult(
        name=step.name,
        passed=verdict.passed,
        expected=verdict.expected,
        actual=verdict.actual,
        lines=() if verdict.passed else verdict.lines,
        seconds=round(time.monotonic() - begun, 1),
        at=now(),
    )
