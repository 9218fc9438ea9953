"""The proof as a whole: run a phase against a guest and write down what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .._export.exported import PROOF, Exported, read_bootable
from .._lock.lockfile import lock_path, read_lock
from .._machine import guest
from .._spec.load import load_spec
from .check import Context, run_checks
from .cluster import forming as check_cluster
from .cluster import kubectl
from .engines import released
from .image import files as check_image
from .krustlet import faults as check_krustlet_faults
from .krustlet import joining as check_krustlet
from .krustlet import kinds as check_krustlet_kinds
from .matrix import columns as check_matrix
from .node import boot as check_node
from .pods import running as check_pods
from .results import CheckResult, Proof, read_results, write_junit, write_proof
from .sequence import phases, required

# Importing these puts their checks on the list.
ROOMS = (
    *(check_image, check_node, check_cluster, check_pods, check_matrix),
    *(check_krustlet, check_krustlet_kinds, check_krustlet_faults),
)
JUNIT = "junit.xml"


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. `checks` empty means those of `phase`; `keep` False leaves `proof.json` alone,
    `begin` drops earlier results."""

    output: Path
    spec: Path
    root: Path
    phase: str
    checks: Sequence[str] = ()
    guest: str = ""
    begin: bool = False
    keep: bool = True
    fresh: bool = False
    patience: float = 420.0
    expect: Mapping[str, str] = field(default_factory=dict)


def prove(request: Request) -> list[CheckResult]:
    """Run the checks and return their results; `proof.json` and JUnit XML are brought up to date.

    Raises VES-801 without an image, VES-804 without the guest, VES-807 for an unknown check, and
    what `load_spec` raises.
    """
    exported = read_bootable(request.output)
    machine = guest.need(request.guest) if request.guest else None
    lock = read_lock(lock_path(request.spec))
    context = Context(
        exported=exported,
        root=request.root,
        lock=lock,
        spec=load_spec(request.spec),
        guest=machine,
        fresh=request.fresh,
        patience=request.patience,
        expect=request.expect,
        kubectl=kubectl.find(lock),
    )
    made_of = phases(exported.engines, released(exported), krustlet=exported.krustlet)
    wanted = request.checks or made_of[request.phase]
    results = run_checks(context, wanted, request.phase)
    if request.keep:
        _write(exported, request, results, machine)
    return results


def failure(results: Sequence[CheckResult]) -> str:
    """What to tell about the failed ones; empty when all passed."""
    return "\n".join(str(result) for result in results if not result.passed)


def _write(
    exported: Exported,
    request: Request,
    results: Sequence[CheckResult],
    machine: guest.Guest | None,
) -> None:
    before = () if request.begin else read_results(exported.proof, exported.sha256)
    about = {"accelerator": f"{machine.accelerator}: {machine.reason}"} if machine else {}
    wanted = required(exported.engines, released(exported), krustlet=exported.krustlet)
    proof = Proof(exported.image.name, exported.sha256, about, wanted, before).merged(results)
    write_proof(exported.directory / PROOF, proof)
    write_junit(exported.logs / JUNIT, exported.name, proof.results)
