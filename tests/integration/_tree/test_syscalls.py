"""The filter of system calls, in children too: what is refused, what does nothing, and the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.vessel.image.plugins.module_utils._tree.boundary import works
from ansible_collections.vessel.image.plugins.module_utils._tree.syscalls import program, readable

# A descriptor that is not open: the kernel would refuse it.
CLOSED = "import os; os.{call}(999)"
CALLS = """
import ctypes, os, platform, sys
libc = ctypes.CDLL(None, use_errno=True)
intel = platform.machine() == "x86_64"
for name, number in {"keyctl": 250 if intel else 219, "bpf": 321 if intel else 280,
                     "clone3": 435, "getpid": 39 if intel else 172}.items():
    ctypes.set_errno(0)
    print(name, libc.syscall(number, 0, 0, 0, 0, 0) > 0 or os.strerror(ctypes.get_errno()))
"""


def filtered(words: list[str], *, sync: bool = False) -> subprocess.CompletedProcess[bytes]:
    if not works():
        pytest.skip("this host lets nobody have namespaces")
    with readable(program(sync=sync)) as descriptor:
        wall = ["bwrap", "--dev-bind", "/", "/", "--seccomp", str(descriptor), "--"]
        return subprocess.run(
            [*wall, *words], pass_fds=[descriptor], capture_output=True, check=False
        )


@pytest.mark.parametrize("call", ["fsync", "fdatasync"])
def test_a_sync_does_nothing(call: str) -> None:
    words = [sys.executable, "-c", CLOSED.format(call=call)]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 1
    assert filtered(words).returncode == 0
    assert filtered(["sh", "-c", '"$@"; true && "$@"', "sh", *words]).returncode == 0
    assert filtered(words, sync=True).returncode == 1


def test_what_reaches_past_namespaces_is_refused() -> None:
    said = filtered([sys.executable, "-c", CALLS], sync=True).stdout.decode().splitlines()
    assert said == [
        "keyctl Operation not permitted",
        "bpf Operation not permitted",
        "clone3 Function not implemented",
        "getpid True",
    ]
    assert filtered(["unshare", "--user", "true"]).returncode == 1


def test_everything_else_is_as_ever() -> None:
    done = filtered(["sh", "-c", "echo $0 $1; exit 3", "a b", "c"])
    assert (done.returncode, done.stdout) == (3, b"a b c\n")
    read = filtered([sys.executable, "-c", "import os; os.read(999, 1)"])
    assert b"Bad file descriptor" in read.stderr
    threads = "import threading; threading.Thread(target=print, args=['x']).start()"
    assert filtered([sys.executable, "-c", threads]).stdout == b"x\n"
