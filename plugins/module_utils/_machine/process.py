"""A machine's process: started apart from us, found again and ended by its id only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import VesselError
from .._common.run import clean_environment

# Of this process's environment: the rest may have passwords, and a machine that was broken out of
# would read its own.
KEPT = ("PATH", "LANG", "LC_ALL", "TZ")
# Waits until its starter has noted it down, then becomes the program. It ends, and starts nothing,
# when its starter was killed before that: nobody would find the program again.
NOTED_FIRST = 'read -r noted && exec "$@" </dev/null'
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
    argv: Sequence[str],
    output: Path,
    *,
    note: Callable[[Process], object] = lambda process: None,
    cwd: Path | None = None,
    lasting: bool = False,
) -> Process:
    """Start `argv` in a session of its own; what it says goes to `output`. `note` is told of the
    process before it becomes the program, so that it is found again whatever happens to us. A
    `lasting` process lives until it is stopped, any other for `LONGEST_LIFE` seconds at most.

    Raises VES-101 when the program is missing, VES-803 when it cannot even wait to begin.
    """
    environment = {key: value for key, value in clean_environment().items() if key in KEPT}
    if shutil.which(argv[0], path=environment.get("PATH")) is None:
        raise VesselError.of(
            "VES-101", f"{argv[0]} is not installed", "Run `make setup`, which installs it."
        )
    limit = [] if lasting else ["timeout", "--foreground", "--signal=KILL", str(LONGEST_LIFE)]
    with output.open("ab") as file:
        child = subprocess.Popen(
            ["sh", "-c", NOTED_FIRST, "sh", *limit, *argv],
            cwd=cwd,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = _start_time(child.pid)
    if child.stdin is None or started is None:
        hint = f"Give it what it could not have:\n{output.read_text()}"
        raise VesselError.of("VES-803", f"{argv[0]} ended at once", hint)
    process = Process(child.pid, started)
    with child.stdin:
        note(process)
        child.stdin.write(b"noted\n")
    child.returncode = 0  # It outlives us on purpose: nobody here waits for it.
    return process


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
