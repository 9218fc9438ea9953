"""How the benchmarks tell of several runs of one thing."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def starts_line(name: str, times: Sequence[float], base: float, of: str) -> str:
    """A line of how long `name` took to start, in seconds: median, extremes, and the median's ratio
    to `base`, which is that of `of`."""
    middle = statistics.median(times)
    return (
        f"start, {name}: {middle:.2f} s, {min(times):.2f}-{max(times):.2f},"
        f" {middle / base:.2f} of {of}"
    )
