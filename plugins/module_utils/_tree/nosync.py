"""Running a program whose requests to force data to the disk succeed without doing anything.

dpkg forces each of its notes to the disk, thousands of times for a tree that takes its name only
when it is whole. A seccomp filter (seccomp(2), Linux Documentation/userspace-api/seccomp_filter)
answers these calls with success, for the program and all that it starts, in a chroot too;
systemd-nspawn's --suppress-sync does the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .._kinds.architectures import ARCHITECTURES

# A program of its own, because a filter cannot be taken off again. Numbers: seccomp(2), bpf(2), and
# the architecture's.
_PROGRAM = """
import ctypes, os, struct, sys
ARCH, CALLS = NUMBERS
LOAD, JUMP, RETURN, ALLOW, SUCCEED = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000
n = len(CALLS)
code = [(LOAD, 0, 0, 4), (JUMP, 0, n + 1, ARCH), (LOAD, 0, 0, 0)]
code += [(JUMP, n - i, 0, call) for i, call in enumerate(CALLS)]
code += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, SUCCEED)]
text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in code))
program = ctypes.create_string_buffer(struct.pack("HP", len(code), ctypes.addressof(text)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, ctypes.byref(program), 0, 0):
    sys.exit("no seccomp filter: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def without_sync(words: Sequence[str], scratch: Path) -> list[str]:
    """The command line that runs `words` so; it needs the right to administer its namespace, and
    leaves a program in the directory `scratch`."""
    program = scratch / "nosync.py"
    machine = os.uname().machine
    (here,) = (each for each in ARCHITECTURES.values() if each.machine == machine)
    program.write_text(_PROGRAM.replace("NUMBERS", repr((here.audit, here.sync_calls))))
    return [sys.executable, "-I", str(program), *words]
