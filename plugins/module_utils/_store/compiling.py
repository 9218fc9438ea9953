"""A compiler's own words as progress: how far it is, at intervals."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._common.progress import report

SHAPES_NO_RESULT = True  # see _plan/code.py
REPORT_EVERY = 8.0
MEND = "Mend what the compiler names; where it was killed, give the host more memory."


@contextmanager
def compiling(name: str, log: Path, count: int, what: str) -> Iterator[None]:
    """Report how many of `count` things (`what`, such as packages) have a line in `log` so far."""
    done, start = threading.Event(), time.monotonic()

    def watch() -> None:
        while not done.wait(REPORT_EVERY):
            named = log.read_bytes().count(b"\n") if log.exists() else 0
            seconds = time.monotonic() - start
            report(f"build: {name}: {named} of at most {count} {what}, {seconds:.0f} s")

    report(f"build: {name}")
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
