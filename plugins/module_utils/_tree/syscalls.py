"""A seccomp filter for what runs on a tree: some system calls are refused, some do nothing.

Refused is what reaches past the namespaces that programs of a tree run in: the kernel's keyrings,
its tracing, another kernel, files by their handles; and new user namespaces, in which everybody has
every right, and the kernel far more to attack.

Requests to force data to the disk succeed without doing anything where that is asked for: dpkg
makes thousands of them, for a tree that takes its name only when it is whole. systemd-nspawn's
--suppress-sync does the same.

Format: seccomp(2), bpf(2), Linux Documentation/userspace-api/seccomp_filter.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from .._kinds.architectures import ARCHITECTURES

# Instructions of classic BPF, and what they may return.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
# Offsets in struct seccomp_data: the call, the architecture, the low half of the first argument.
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
_NEW_USER = 0x10000000  # CLONE_NEWUSER of <linux/sched.h>
_OTHER_ABI = 0x40000000  # x32's numbers begin here

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, value


def program(*, sync: bool) -> bytes:
    """The filter for this machine; without `sync`, forcing data to the disk does nothing."""
    machine = os.uname().machine
    (here,) = (each for each in ARCHITECTURES.values() if each.machine == machine)
    clone, clone3, unshare = here.namespace_calls
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        # Another architecture's programs have other numbers: none of this would hold for them.
        *_unless(_EQUAL, here.audit, _ERRNO | errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        *_if(_AT_LEAST, _OTHER_ABI, _ERRNO | errno.ENOSYS),
        # Its flags lie in memory, where no filter looks; everybody falls back to clone.
        *_if(_EQUAL, clone3, _ERRNO | errno.ENOSYS),
    ]
    for call in here.refused_calls:
        code += _if(_EQUAL, call, _ERRNO | errno.EPERM)
    if not sync:
        for call in here.sync_calls:
            code += _if(_EQUAL, call, _ERRNO)
    code += [
        (_EQUAL, 1, 0, clone),
        (_EQUAL, 0, 3, unshare),
        (_LOAD, 0, 0, _ARGUMENT),
        *_if(_ANY_BIT, _NEW_USER, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *each) for each in code)


@contextmanager
def readable(data: bytes) -> Iterator[int]:
    """A descriptor that a child process may read `data` from; it holds less than a pipe does."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as sink:
            sink.write(data)
        yield reading
    finally:
        os.close(reading)


def _if(test: int, value: int, answer: int) -> list[Instruction]:
    return [(test, 0, 1, value), (_RETURN, 0, 0, answer)]


def _unless(test: int, value: int, answer: int) -> list[Instruction]:
    return [(test, 1, 0, value), (_RETURN, 0, 0, answer)]
