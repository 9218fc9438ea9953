"""What a runtime is known not to do: cells of the matrix that must fail, and how.

A limit has a symptom, so that a cell that fails for another reason is red; and a cell that works
against its limit is red, too, so that nobody keeps a limit that is gone.
"""

from __future__ import annotations

import re

from ..check import Verdict
from ..runtimes import RUNTIMES

LIMIT = "limit: "  # what a cell that fails as expected says, before the reason
# What no engine is the cause of. A cell that shows it beside its symptom has failed by that. (A pod
# that no engine makes is still being created, so that is no such thing.)
NO_LIMIT = re.compile(
    r"not ended|no whole answer|there is no pod|no state yet|gives no summary"
    r"|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|Evicted"
    r"|OOMKilled|status 137\b"
)


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
    wanted = f"a limit, shown by {limit.symptom!r}"
    if not shows(limit.symptom, verdict.actual):
        return Verdict(False, wanted, verdict.actual, verdict.lines)
    return Verdict(True, f"{wanted}, in {verdict.actual!r}", f"{LIMIT}{limit.reason}")


def shows(symptom: str, actual: str) -> bool:
    """Whether what was found shows the symptom, and nothing beside it that has another cause."""
    rest, times = re.subn(symptom, "", actual, count=1)
    return times == 1 and not NO_LIMIT.search(rest)
