"""ENOSPC, EIO, a full disk, short and slow calls at every class of system call in a small build:
the old output stays whole, errors have a code and a path, and the next build is right.

Faults are drawn from a seed, so that a red run can be repeated: VESSEL_SEED, VESSEL_INJECTIONS.
"""

from __future__ import annotations

import os
from pathlib import Path

from faults.injected import sweep

SEED = int(os.environ.get("VESSEL_SEED", "20261129"))
NUMBER = int(os.environ.get("VESSEL_INJECTIONS", "1000"))


def test_any_system_call_may_fail(tmp_path: Path) -> None:
    wrong = sweep(tmp_path, NUMBER, SEED)
    assert wrong == [], f"{len(wrong)} of {NUMBER} injections:\n" + "\n".join(wrong[:20])
