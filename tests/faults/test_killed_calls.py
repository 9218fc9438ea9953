"""`kill -9` at a system call, of whoever calls or of the front door, in every command that writes:
locking, fetching, online stages, the sandbox, publishing, pruning. Nothing runs or is mounted ten
seconds later, nothing half is trusted, and the next build is right.

A whole build of an image is killed in test_kill.py. Calls are drawn from a seed: VESSEL_SEED.
"""

from __future__ import annotations

import os
from pathlib import Path

from faults.injected import KILLS, sweep
from faults.injector import CLASSES

SEED = int(os.environ.get("VESSEL_SEED", "20261129"))
NUMBER = 60


def test_a_kill_at_any_call(tmp_path: Path) -> None:
    wrong = sweep(tmp_path, NUMBER, SEED, dict.fromkeys(CLASSES, KILLS))
    assert wrong == [], f"{len(wrong)} of {NUMBER} kills:\n" + "\n".join(wrong[:20])
