"""A long-lived program of a build ends when one of those is gone that it works for.

`kill -9` gives nobody a chance to tell the others. So the front door (the outermost
`ansible-playbook`) names itself in `VESSEL_FRONT_DOOR`, which all it starts inherit, and every
long-lived program below watches it and each process between them (pidfd_open(2): a descriptor that
turns readable when the process ends). Children die with their parent by `_common.run`.
"""

from __future__ import annotations

import os
import select
import threading
from contextlib import suppress

from .family import kill, stat_fields

SHAPES_NO_RESULT = True  # see _plan/code.py
VARIABLE = "VESSEL_FRONT_DOOR"
STATUS = 137  # what a shell shows for a program that SIGKILL ended


def announce() -> None:
    """Name this process the front door, unless it runs inside of one."""
    os.environ.setdefault(VARIABLE, str(os.getpid()))


def hold() -> None:
    """End this process and all that it started as soon as one of `masters` has ended."""
    watched = select.poll()
    for pid in masters():
        try:
            watched.register(os.pidfd_open(pid), select.POLLIN)
        except ProcessLookupError:
            _end()

    def wait() -> None:
        watched.poll()
        _end()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def masters() -> list[int]:
    """The processes that this one works for: its ancestors up to the front door. Without a front
    door among them, those of its own process group, which is what a shell starts as one job."""
    found: list[int] = []
    pid = os.getppid()
    while pid > 1:
        found.append(pid)
        pid = int(stat_fields(pid)[1])
    door = os.environ.get(VARIABLE, "")
    if door.isdigit() and int(door) in found:
        return found[: found.index(int(door)) + 1]
    group = os.getpgrp()
    return [pid for pid in found if _group(pid) == group]


def _group(pid: int) -> int:
    with suppress(ProcessLookupError):
        return os.getpgid(pid)
    return -1


def _end() -> None:
    kill(os.getpid())
    os._exit(STATUS)
