"""A process and all that it started, ended together.

Packer's plugins, Ansible's workers and their modules each open a session of their own, so a signal
to one process group leaves the others running. Process file descriptors name processes safely:
a number that is used again can never be hit by mistake.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

SHAPES_NO_RESULT = True  # see _plan/code.py
GRACE = 10.0


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name (proc(5)): state, parent, group, session …

    Raises OSError when the process has ended.
    """
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def descendants(root: int) -> list[int]:
    """Process ids of `root`'s children and theirs, as the kernel lists them now."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # ended while we looked
                children.setdefault(int(stat_fields(int(entry.name))[1]), []).append(
                    int(entry.name)
                )
    found, waiting = [], [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def kill(root: int) -> None:
    """SIGKILL all descendants of `root`."""
    for pid in descendants(root):
        with suppress(OSError):
            handle = os.pidfd_open(pid)
            try:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            finally:
                os.close(handle)


def end(child: subprocess.Popen[str]) -> None:
    """Interrupt `child`'s process group, wait up to `GRACE` seconds, then kill what is left.

    `child` must have been started with `start_new_session`.
    """
    with ExitStack() as stack:
        handles = []
        for pid in [child.pid, *descendants(child.pid)]:
            with suppress(OSError):
                handle = os.pidfd_open(pid)
                stack.callback(os.close, handle)
                handles.append(handle)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
        for handle in handles:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        child.wait()
        for handle in handles:
            select.select([handle], [], [], GRACE)
