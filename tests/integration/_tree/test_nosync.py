"""Requests to force data to the disk succeed without reaching the kernel, in children too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._tree.nosync import without_sync

# A descriptor that is not open: the kernel would refuse it.
CLOSED = "import os; os.{call}(999)"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a seccomp filter needs root")


@pytest.mark.parametrize("call", ["fsync", "fdatasync"])
def test_a_sync_does_nothing(tmp_path: Path, call: str) -> None:
    words = [sys.executable, "-c", CLOSED.format(call=call)]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 1
    subprocess.run(without_sync(words, tmp_path), check=True)
    subprocess.run(
        without_sync(["sh", "-c", '"$@"; true && "$@"', "sh", *words], tmp_path), check=True
    )


def test_everything_else_is_as_ever(tmp_path: Path) -> None:
    done = subprocess.run(
        without_sync(["sh", "-c", "echo $0 $1; exit 3", "a b", "c"], tmp_path),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, b"a b c\n")
    read = subprocess.run(
        without_sync([sys.executable, "-c", "import os; os.read(999, 1)"], tmp_path),
        capture_output=True,
        check=False,
    )
    assert b"Bad file descriptor" in read.stderr
