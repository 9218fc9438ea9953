"""What still runs, is mounted or lies about of a build."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.family import (
    descendants,
    stat_fields,
)
from faults.builds import Site

WITHIN = 10.0


def family(root: int) -> dict[int, str]:
    """`root` and all its descendants: process id -> start time, which together name it for good."""
    return {pid: start_time(pid) for pid in [root, *descendants(root)]}


def words_of(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except OSError:
        return ""


def alive(pid: int) -> bool:
    try:
        return stat_fields(pid)[0] != "Z"
    except OSError:
        return False


def start_time(pid: int) -> str:
    try:
        return stat_fields(pid)[19]
    except OSError:
        return ""


def strike(pid: int) -> bool:
    """`kill -9`; False when the process had ended by itself, so that its end hurts nobody."""
    try:
        os.kill(pid, signal.SIGSTOP)
        while (state := stat_fields(pid)[0]) not in "TZX":
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state == "T"


def of_this_build(site: Site) -> list[str]:
    """Command lines of processes that name the clone or its cache, wherever they hang."""
    needles = (str(site.clone), str(site.cache))
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            words = words_of(int(entry.name))
            try:
                where = str((entry / "cwd").readlink())
            except OSError:
                where = ""
            if alive(int(entry.name)) and any(n in words or where.startswith(n) for n in needles):
                found.append(f"{entry.name} {words[:200]}")
    return found


def mounts(site: Site) -> list[str]:
    text = Path("/proc/self/mountinfo").read_text()
    return [line for line in text.splitlines() if str(site.cache).replace(" ", "\\040") in line]


def leftovers(site: Site) -> list[Path]:
    """Scratch of any kind below cache and output."""
    places = [site.cache, site.clone / "output"]
    found = [path for place in places for path in place.rglob(".*.part")]
    return [*found, *site.cache.glob("stages/*/open")]


def wait_until_gone(pids: dict[int, str], site: Site) -> list[str]:
    """What still runs `WITHIN` seconds later."""
    deadline = time.monotonic() + WITHIN
    while True:
        left = [f"{p} {words_of(p)}" for p, t in pids.items() if alive(p) and start_time(p) == t]
        left += of_this_build(site)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)
