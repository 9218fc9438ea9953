"""Ctrl-C and SIGTERM, also while a child hangs: the build ends, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.builds import Site
from faults.processes import family, leftovers, mounts, wait_until_gone, words_of


@pytest.mark.parametrize("hanging", [False, True], ids=["running", "hanging"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_an_interrupted_build_ends(
    site: Callable[..., Site], tmp_path: Path, number: signal.Signals, hanging: bool
) -> None:
    here, log = site("here"), tmp_path / "log"
    with here.start(log=log) as door:
        child = wait_for("mmdebstrap", door.pid)
        time.sleep(2)
        running = family(door.pid)
        if hanging:
            os.kill(child, signal.SIGSTOP)
        # A terminal sends Ctrl-C to its whole foreground process group.
        (os.killpg if number == signal.SIGINT else os.kill)(door.pid, number)
        left = wait_until_gone(running, here)
        said = log.read_text(errors="replace")
        assert left == [], said
        assert door.wait() != 0
    assert "Traceback" not in said
    assert mounts(here) == []
    here.build()
    assert leftovers(here) == []


def wait_for(program: str, root: int) -> int:
    """The id of the first descendant of `root` that runs `program`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for pid in family(root):
            if program in words_of(pid):
                return pid
        time.sleep(0.1)
    raise AssertionError(f"{program} was never started")
