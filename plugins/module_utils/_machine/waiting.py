"""Waiting for a guest without keeping it busy: under emulation each question costs it time."""

from __future__ import annotations

import time
from collections.abc import Callable

from .._common.errors import Problem, VesselError

PAUSE = 3.0


class Silent(VesselError):
    """A guest, or the API server in it, did not answer: VES-819. Nothing is known then, neither
    good nor bad; whoever waits asks again."""

    @classmethod
    def of_guest(cls, who: str, said: str) -> Silent:
        """`who` was asked; `said` is what there is to read about the silence."""
        return cls(
            Problem("VES-819", f"{who} gave no whole answer", said.strip() or "It said nothing.")
        )


def poll(look: Callable[[], str], patience: float, stop: Callable[[], bool] | None = None) -> str:
    """Ask `look` what is still missing until it says nothing, or `patience` seconds are over, or
    `stop` says that waiting is useless. Returns what was missing last, empty when all is well; a
    look that met silence is one that misses an answer."""
    deadline = time.monotonic() + patience
    while True:
        missing = _asked(look)
        if not missing or time.monotonic() >= deadline or (stop is not None and stop()):
            return missing
        time.sleep(PAUSE)


def _asked(look: Callable[[], str]) -> str:
    try:
        return look()
    except Silent as silent:
        problem = silent.problems[0]
        return f"{problem.what}: {problem.hint.splitlines()[-1]}"


class Stuck:
    """Knows when the same trouble has been there for `limit` seconds without a break."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._since: float | None = None

    def note(self, trouble: bool) -> None:
        """Tell whether there is trouble now."""
        if not trouble:
            self._since = None
        elif self._since is None:
            self._since = time.monotonic()

    def __call__(self) -> bool:
        return self._since is not None and time.monotonic() - self._since >= self._limit
