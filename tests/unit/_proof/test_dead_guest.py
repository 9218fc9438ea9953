"""A guest that is dead, and one that says nothing, turn every check of a proof red.

Generic over all checks that there are: a new one that takes silence for health is red here.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.exported import Exported
from ansible_collections.vessel.image.plugins.module_utils._machine.guest import Guest, place
from ansible_collections.vessel.image.plugins.module_utils._proof import sequence
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context, Lab
from ansible_collections.vessel.image.plugins.module_utils._proof.results import CheckResult
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import Step, run_checks
from unit._proof.exported import exported

# Nobody listens on it: ssh itself says so, with status 255.
CLOSED_PORT = 1
# What SSH and kubectl are in a world where all that is asked ends so, and nothing is ever said.
WAYS = {"dead": "", "fails": "/bin/false", "says nothing": "/bin/true"}


def image(directory: Path) -> Exported:
    """An image with everything that a check can be about, of which no file is there."""
    held = exported()
    artifact = {"path": "n.qcow2", "format": "qcow2", "sha256": "0" * 64}
    of = {"spec_sha256": "0" * 64, "lock_sha256": "0" * 64, "artifacts": [artifact]}
    return replace(held, directory=directory, manifest={**held.manifest, **of})


def every_step() -> list[Step]:
    """Each check of such an image once, whatever it is one of."""
    return list({step.name: step for step in sequence.steps(exported())}.values())


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits has waited for hours: a proof's patience is not what is tested."""
    slept = [0.0]
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + slept[0])
    monkeypatch.setattr(time, "sleep", lambda _seconds: slept.__setitem__(0, slept[0] + 1e5))


@pytest.fixture(params=WAYS)
def silent(
    request: pytest.FixtureRequest, tmp_path: Path, cache: Path, no_time: None
) -> Iterator[Context]:
    """What checks look at where nothing answers."""
    place("dead").mkdir(parents=True)
    guest = Guest("dead", os.getpid(), 1, CLOSED_PORT, "uefi", "dead", "tcg", "", str(tmp_path))
    program = WAYS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        if program:
            programs = tmp_path / "programs"
            programs.mkdir()
            for name in ("ssh", "kubectl"):
                (programs / name).symlink_to(program)
            patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        root = tmp_path / "root"
        shutil.copytree(Path(__file__).parents[3] / "docs", root / "docs")
        yield Context(image(tmp_path), root, lab=Lab({"dead": guest}), fresh=True)


def result_of(step: Step, context: Context) -> CheckResult:
    (result,) = run_checks(context, [step.name], step.at.phase.name)
    return result


@pytest.mark.parametrize("phase", sorted({step.at.phase.name for step in every_step()}))
def test_silence_is_never_health(silent: Context, phase: str) -> None:
    steps = [step for step in every_step() if step.at.phase.name == phase]
    assert steps
    results = [result_of(step, silent) for step in steps]
    assert [str(each) for each in results if each.passed] == []
    # Of the image and of the workloads' sources no file is there.
    faults = [each.actual for each in results if each.expected == sequence.NO_FAULT]
    assert [each for each in faults if not each.startswith("FileNotFoundError")] == []
