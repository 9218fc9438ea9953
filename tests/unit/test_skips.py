"""Skips are counted, and a skip that nobody expects fails the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from skips import surprises

TESTS = """
import pytest

def test_good():
    pass

@pytest.mark.parametrize("number", range(2))
def test_skipped(number):
    pytest.skip({reason!r})
"""


@pytest.mark.parametrize(
    "reason", ["mounting needs root", "there is no image: run `make image` first"]
)
def test_what_a_developer_lacks_is_expected_of_developers_only(reason: str) -> None:
    assert surprises([reason, reason], ci=False) == []
    assert surprises([reason, reason], ci=True) == [reason]


@pytest.mark.parametrize("ci", [False, True])
def test_a_reason_that_is_not_listed_is_a_surprise_anywhere(ci: bool) -> None:
    assert surprises(["I had no time"], ci=ci) == ["I had no time"]
    assert surprises([], ci=ci) == []


@pytest.mark.parametrize(
    ("reason", "ci", "status"),
    [
        ("mounting needs root", "", 0),
        ("mounting needs root", "true", 1),
        ("it is flaky", "", 1),
        ("this host has a system-wide ansible-playbook", "true", 0),
    ],
)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_surprise_makes_a_green_run_red(
    root: Path, tmp_path: Path, reason: str, ci: str, status: int, workers: str
) -> None:
    (tmp_path / "test_some.py").write_text(TESTS.format(reason=reason))
    words = [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "skips"]
    done = subprocess.run(
        [
            *words,
            "-p",
            "no:cacheprovider",
            "-c",
            "/dev/null",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        env={**os.environ, "PYTHONPATH": str(root / "tests"), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert f"skipped: 2, {reason}" in done.stdout
    assert ("nobody expects this skip" in done.stdout) is bool(status)
