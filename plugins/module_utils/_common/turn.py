"""One at a time: builds that share a cache take turns, and who waits says for whom."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .owned import make_directory, open_own
from .places import open_cache
from .progress import report

SHAPES_NO_RESULT = True  # see _plan/code.py

REPORT_EVERY = 8.0
PAUSE = 0.2


@contextmanager
def turn(name: str, who: str) -> Iterator[None]:
    """Hold the lock `name` of this cache while the block runs; `who` is what others wait for.

    The kernel gives it back when this process ends, however that happens (flock(2)). Raises what
    `open_cache` raises, and VES-115 when the lock is not a file of this user's alone.
    """
    place = open_cache() / "locks" / name
    make_directory(place.parent)
    descriptor = open_own(place, os.O_RDWR | os.O_CREAT)
    try:
        _wait(descriptor, who)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{who} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, who: str) -> None:
    begun = time.monotonic()
    told = -REPORT_EVERY
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - begun
            if waited - told >= REPORT_EVERY:
                told = waited
                holder = os.pread(descriptor, 1000, 0).decode(errors="replace") or "another build"
                report(f"{who}: waiting for {holder}, {waited:.0f} s")
            time.sleep(PAUSE)
        else:
            return
