"""What a runtime is known not to do: cells of the matrix that must fail, and how.

A limit has a symptom, so that a cell that fails for another reason is red; and a cell that works
against its limit is red, too, so that nobody keeps a limit that is gone.
"""

from __future__ import annotations

import re

from ..check import Verdict
from ..runtimes import RUNTIMES

LIMIT = "limit: "  # what a cell that fails as expected says, before the reason


def known(column: str, row: str) -> bool:
    """Whether a cell is expected to fail."""
    return row in RUNTIMES[column].limits


def judged(column: str, row: str, verdict: Verdict) -> Verdict:
    """The verdict on a cell, given what is known of its engine."""
    limit = RUNTIMES[column].limits.get(row)
    if limit is None:
        return verdict
    if verdict.passed:
        return Verdict(False, f"a limit: {limit.reason}", f"it works: {verdict.actual}")
    if not re.search(limit.symptom, verdict.actual):
        return Verdict(False, f"a limit, shown by {limit.symptom!r}", verdict.actual, verdict.lines)
    return Verdict(True, verdict.expected, f"{LIMIT}{limit.reason}")
