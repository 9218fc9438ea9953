"""`kill -9` of whoever a program works for ends the program and all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.lifeline import VARIABLE

LIBRARY = "ansible_collections.vessel.image.plugins.module_utils._common"
# door -> middle, in a session of its own -> worker, in a session of its own -> a child that lasts
WORKER = f"""
import os, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from {LIBRARY} import lifeline
lifeline.hold()
child = subprocess.Popen(["sleep", "300"], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
time.sleep(300)
"""
MIDDLE = """
import os, subprocess, sys
print(os.getpid(), flush=True)
subprocess.run([sys.executable, "-c", sys.argv[2], sys.argv[1]], start_new_session=True)
"""
DOOR = f"""
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from {LIBRARY} import lifeline
lifeline.announce()
print(os.getpid(), flush=True)
subprocess.run([sys.executable, "-c", sys.argv[2], sys.argv[1], sys.argv[3]],
               start_new_session=True)
"""


@pytest.fixture
def family(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    monkeypatch.delenv(VARIABLE, raising=False)
    words = [sys.executable, "-c", DOOR, str(root / "collections"), MIDDLE, WORKER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as door:
        assert door.stdout is not None
        lines = [door.stdout.readline() for _ in range(3)]
        pids = [int(word) for line in lines for word in line.split()]
        yield dict(zip(("door", "middle", "worker", "child"), pids, strict=True))
        for pid in pids:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("who", ["door", "middle"])
def test_the_worker_and_its_child_end(family: dict[str, int], who: str) -> None:
    assert alive(family["worker"])
    assert alive(family["child"])
    os.kill(family[who], signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (alive(family["worker"]) or alive(family["child"])):
        time.sleep(0.05)
    assert not alive(family["worker"])
    assert not alive(family["child"])
