"""The proof as a whole: run a phase against a guest and write down what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .._export.exported import PROOF, Exported, read_bootable
from .._lock.lockfile import lock_path, read_lock
from .._machine import guest
from .._spec.load import load_spec
from .cluster import kubectl
from .context import Context, Lab
from .results import CheckResult, Proof, now, read_proof, write_junit, write_proof
from .sequence import names_of, required, run_checks
from .where import where

JUNIT = "junit.xml"


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. `checks` empty means those of `phase`; `keep` False leaves `proof.json` alone,
    `begin` drops earlier results; what was red of them stays as such."""

    output: Path
    spec: Path
    root: Path
    phase: str
    checks: Sequence[str] = ()
    guests: Sequence[str] = ()
    begin: bool = False
    keep: bool = True
    fresh: bool = False
    patience: float = 420.0


def prove(request: Request) -> list[CheckResult]:
    """Run the checks and return their results; `proof.json` and JUnit XML are brought up to date.

    Raises VES-801 without an image, VES-804 without a guest, VES-807 for a check or phase that
    the image has not, and what `load_spec` raises.
    """
    exported = read_bootable(request.output)
    lab = Lab({name: guest.need(name) for name in request.guests})
    lock = read_lock(lock_path(request.spec))
    context = Context(
        exported=exported,
        root=request.root,
        lock=lock,
        spec=load_spec(request.spec),
        lab=lab,
        fresh=request.fresh,
        patience=request.patience,
        kubectl=kubectl.find(exported),
    )
    wanted = request.checks or names_of(exported, request.phase)
    begun = now()
    results = run_checks(context, wanted, request.phase)
    if request.keep:
        _write(exported, request, results, lab, begun)
    return results


def failure(results: Sequence[CheckResult]) -> str:
    """What to tell about the failed ones; empty when all passed."""
    return "\n".join(str(result) for result in results if not result.passed)


def _write(
    exported: Exported, request: Request, results: Sequence[CheckResult], lab: Lab, begun: str
) -> None:
    about = where(request.root, lab.accelerators)
    run = {
        "phase": request.phase,
        "boot": lab.boots,
        "begun": begun,
        "ended": now(),
        "passed": sum(result.passed for result in results),
        "failed": [result.name for result in results if not result.passed],
        **about,
    }
    fresh = Proof(exported.image.name, exported.sha256, about, required(exported))
    earlier = read_proof(exported.proof, fresh)
    proof = (earlier.begun() if request.begin else earlier).merged(results)
    proof = replace(proof, runs=(*proof.runs, run))
    write_proof(exported.directory / PROOF, proof)
    write_junit(exported.logs / JUNIT, exported.name, proof.results)
