"""What a check is, and running a list of them.

A check is a function that looks at one thing and says what it expected and what it found. The
rooms' files (`check_image`, `check_node`, `check_pods`) put theirs on the list by name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.progress import report
from .._export.exported import Exported
from .._machine.guest import Guest
from .._spec.model import Spec
from .cluster.kubeadm import Cluster
from .cluster.kubectl import Kubectl
from .results import CheckResult


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; `lines` tell more when it failed."""

    passed: bool
    expected: str
    actual: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What checks may look at. `fresh` makes pod checks start their pod anew, `patience` is how
    many seconds they wait, `expect` replaces what a named check expects, `kubectl` is this host's
    for the guest's cluster."""

    exported: Exported
    root: Path
    lock: Mapping[str, Any] | None = None
    spec: Spec | None = None
    guest: Guest | None = None
    fresh: bool = False
    patience: float = 420.0
    expect: Mapping[str, str] = field(default_factory=dict)
    kubectl: Path | None = None

    @property
    def machine(self) -> Guest:
        """The guest, for checks that need one. Raises VES-804 when there is none."""
        if self.guest is None:
            raise VesselError.of("VES-804", "this check needs a guest", "Give it a running one.")
        return self.guest

    @property
    def cluster(self) -> Cluster:
        """The cluster in the guest."""
        return Cluster(Kubectl(self.machine, self.kubectl))

    def sh(self, script: str, timeout: float = 180) -> str:
        """What `script` prints in the guest, whatever its status."""
        return self.machine.ssh.run(script, timeout=timeout, check=False).stdout.strip()


Check = Callable[[Context], Verdict]


@dataclass(frozen=True, slots=True)
class Listed:
    """A check on the list; after a failed `step`, those after it make no sense."""

    name: str
    run: Check
    step: bool


CHECKS: dict[str, Listed] = {}


def check(name: str, *, step: bool = False) -> Callable[[Check], Check]:
    """Put a function on the list as `name`."""

    def add(function: Check) -> Check:
        CHECKS[name] = Listed(name, function, step)
        return function

    return add


def good(actual: str) -> Verdict:
    """It is as it should be."""
    return Verdict(True, actual, actual)


def compare(expected: str, actual: str, lines: Sequence[str] = ()) -> Verdict:
    """Passed when both texts are the same."""
    return Verdict(expected == actual, repr(expected), repr(actual), tuple(lines))


def none_of(what: str, found: Sequence[str], lines: Sequence[str] = ()) -> Verdict:
    """Passed when nothing was found."""
    shown = ", ".join(found[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")
    return Verdict(not found, f"no {what}", shown or f"no {what}", tuple(lines))


def run_checks(context: Context, names: Sequence[str], phase: str) -> list[CheckResult]:
    """Run the checks called `names` in that order; after a failed step the rest is left out.

    An error inside a check is that check's failure. Raises VES-807 for an unknown name.
    """
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        raise VesselError.of(
            "VES-807", f"there is no check {', '.join(unknown)}", f"There are: {', '.join(CHECKS)}"
        )
    results = []
    for name in names:
        result = _run(CHECKS[name], context)
        boot = context.guest.boots if context.guest else 0
        results.append(replace(result, phase=phase, boot=boot))
        report(f"{'ok' if result.passed else 'FAILED'}  {result}")
        if CHECKS[name].step and not result.passed:
            break
    return results


def _run(listed: Listed, context: Context) -> CheckResult:
    begun = time.monotonic()
    try:
        verdict = listed.run(context)
    except VesselError as error:
        problem = error.problems[0]
        verdict = Verdict(False, "no error", problem.what, tuple(problem.hint.splitlines()[-12:]))
    return CheckResult(
        name=listed.name,
        passed=verdict.passed,
        expected=verdict.expected,
        actual=verdict.actual,
        lines=() if verdict.passed else verdict.lines,
        seconds=round(time.monotonic() - begun, 1),
    )
