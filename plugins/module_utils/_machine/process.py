"""A machine's process: started apart from us, found again and ended by its id only."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import VesselError
from .._common.run import clean_environment

# Of this process's environment: the rest may have passwords, and a machine that was broken out of
# would read its own.
KEPT = ("PATH", "LANG", "LC_ALL", "TZ")
# No machine of the proof outlives this many seconds, whatever becomes of the one who started it.
LONGEST_LIFE = 2 * 60 * 60


@dataclass(frozen=True, slots=True)
class Process:
    """`pid` with its start time (clock ticks since boot): the pair names one process for good."""

    pid: int
    started: int

    def alive(self) -> bool:
        """Whether exactly this process still runs."""
        return _start_time(self.pid) == self.started

    def stop(self) -> None:
        """End the process and its children, politely first. Nothing happens when it has gone."""
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
            if not self.alive():
                return
            os.killpg(self.pid, number)
            deadline = time.monotonic() + patience
            while self.alive() and time.monotonic() < deadline:
                _reap(self.pid)
                time.sleep(0.1)


def start(
    argv: Sequence[str], output: Path, *, cwd: Path | None = None, lasting: bool = False
) -> Process:
    """Start `argv` in a session of its own; what it says goes to `output`. A `lasting` process
    lives until it is stopped, any other for `LONGEST_LIFE` seconds at most.

    Raises VES-101 when the program is missing.
    """
    limit = ["timeout", "--foreground", "--signal=KILL", str(LONGEST_LIFE)]
    words = [*argv] if lasting else [*limit, *argv]
    with output.open("ab") as file:
        try:
            child = subprocess.Popen(
                words,
                cwd=cwd,
                env={key: value for key, value in clean_environment().items() if key in KEPT},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise VesselError.of(
                "VES-101", f"{words[0]} is not installed", "Run `make setup`, which installs it."
            ) from error
    started = _start_time(child.pid)
    child.returncode = 0  # It outlives us on purpose: nobody here waits for it.
    if started is None:
        hint = f"Give it what it could not have:\n{output.read_text()}"
        raise VesselError.of("VES-803", f"{argv[0]} ended at once", hint)
    return Process(child.pid, started)


def _start_time(pid: int) -> int | None:
    """Field 22 of /proc/<pid>/stat (proc(5)); None for no process, or one that only waits to be
    collected."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # not ours: its parent collects it
