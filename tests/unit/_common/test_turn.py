"""Two processes, one cache: they take turns, and who waits says for whom."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common import progress, turn

LIBRARY = "ansible_collections.vessel.image.plugins.module_utils._common"
HOLDER = f"""
import sys, time
sys.path.insert(0, sys.argv[1])
from {LIBRARY}.turn import turn
with turn("stages", "the build of one"):
    print("mine", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(root: Path, seconds: float) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", HOLDER, str(root / "collections"), str(seconds)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "mine\n"
    return child


def test_the_second_waits_and_says_for_whom(
    root: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "progress"
    monkeypatch.setenv(progress.VARIABLE, str(said))
    with holder(root, 0.5) as child, turn.turn("stages", "the build of two"):
        assert child.wait() == 0
        expected = f"the build of two: waiting for the build of one (process {child.pid}), 0 s\n"
        assert said.read_text() == expected
        assert "the build of two" in (cache / "locks/stages").read_text()


def test_other_names_do_not_wait(root: Path, cache: Path) -> None:
    with holder(root, 30) as child, turn.turn("store", "the store of two"):
        child.kill()


def test_a_killed_holder_holds_nothing(root: Path, cache: Path) -> None:
    with holder(root, 30) as child:
        child.kill()
        child.wait()
        begun = time.monotonic()
        with turn.turn("stages", "the build of two"):
            assert time.monotonic() - begun < 5
