"""`kill -9` at a system call, of whoever calls or of the front door, in every command that writes:
locking (by the host's apt), fetching, online stages, the sandbox, publishing, pruning. Nothing runs
or is mounted ten seconds later, nothing half is trusted, and the next build is right.

A whole build of an image is killed in test_kill.py. Calls are drawn from a seed: VESSEL_SEED.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from faults.injected import KILLS, sweep
from faults.injector import CLASSES
from integration._lock.archives import BASE, archives

SEED = int(os.environ.get("VESSEL_SEED", "20261129"))
NUMBER = 60


@pytest.mark.skipif(not shutil.which("apt-get"), reason="this host has no apt")
def test_a_kill_at_any_call(tmp_path: Path) -> None:
    (tmp_path / "archives").mkdir()
    with archives(tmp_path / "archives") as served:
        served.publish("debian", BASE)
        errors = dict.fromkeys(CLASSES, KILLS)
        wrong = sweep(tmp_path, NUMBER, SEED, errors, ("lock", "prune"), served)
    assert wrong == [], f"{len(wrong)} of {NUMBER} kills:\n" + "\n".join(wrong[:20])
