from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine import process


def test_a_process_is_found_and_ended_by_its_identity(tmp_path: Path) -> None:
    running = process.start(["sleep", "60"], tmp_path / "output")
    assert running.alive()
    assert not process.Process(running.pid, running.started + 1).alive()
    running.stop()
    assert not running.alive()
    running.stop()


def test_it_is_noted_before_it_begins(tmp_path: Path) -> None:
    words = ["sh", "-c", "touch begun; exec sleep 60"]
    noted: list[process.Process] = []

    def note(born: process.Process) -> None:
        assert not noted and born.alive() and not (tmp_path / "begun").exists()
        time.sleep(0.3)  # long enough for a program that does not wait
        assert not (tmp_path / "begun").exists()
        noted.append(born)

    running = process.start(words, tmp_path / "output", note=note, cwd=tmp_path)
    assert noted == [running]
    while not (tmp_path / "begun").exists():
        assert running.alive()
    running.stop()


# Notes down nothing, as it is killed where it should.
KILLED = """
import os, signal, sys
from pathlib import Path
from ansible_collections.vessel.image.plugins.module_utils._machine import process
def note(born):
    print(born.pid, born.started, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
process.start(["sh", "-c", "touch begun; exec sleep 60"], Path("output"), note=note, lasting=True)
"""


def test_who_is_killed_before_noting_it_leaves_nothing(tmp_path: Path, root: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(root / "collections")}
    starter = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert starter.returncode == -signal.SIGKILL, starter.stderr
    born = process.Process(*map(int, starter.stdout.split()))
    deadline = time.monotonic() + 10
    while born.alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not born.alive()
    assert not (tmp_path / "begun").exists()


def test_a_program_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match="VES-101: no-such-program"):
        process.start(["no-such-program"], tmp_path / "output")


def test_it_knows_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "hunter2")
    monkeypatch.setenv("https_proxy", "http://me:hunter2@proxy:3128")
    running = process.start(["sh", "-c", "env; sleep 60"], tmp_path / "output")
    try:
        while "TZ=UTC" not in (said := (tmp_path / "output").read_text()):
            assert running.alive()
        assert "hunter2" not in said
        assert "PATH=" in said
    finally:
        running.stop()
