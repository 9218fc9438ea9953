"""The Python side of inject.c: compiles it, and says which call is to fail, in a file that all
programs of a build map."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import struct
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

SOURCE = Path(__file__).with_name("inject.c")
# In the order of the library's `enum class`.
CLASSES = ("write", "open", "name", "sync", "mkdir", "size", "close", "mode", "remove", "read")
INSTEAD = {"short": -1, "slow": -2, "kill": -3, "kill the door": -4, "full": errno.ENOSPC}
FOREVER = 0xFFFFFFFF
# `struct control`: class, error, from, to; counts and hits; call and path; places.
HEAD = struct.Struct("=iiII")
COUNTS = struct.Struct(f"={len(CLASSES) + 1}I")
ROOM, PLACES, CALL = 1024, 4, 32
SIZE = HEAD.size + COUNTS.size + CALL + ROOM + PLACES * ROOM
# What can happen to a call of each class. A full disk stays full, so that goes on.
ERRORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "write": ("ENOSPC", "EIO", "short", "slow", "full"),
        "open": ("ENOSPC", "EIO", "slow", "full"),
        "name": ("ENOSPC", "EIO", "slow"),
        "sync": ("ENOSPC", "EIO", "slow"),
        "mkdir": ("ENOSPC", "EIO", "slow", "full"),
        "size": ("ENOSPC", "EIO", "slow"),
        "close": ("ENOSPC", "EIO", "slow"),
        "mode": ("EIO", "slow"),
        "remove": ("EIO", "slow"),
        "read": ("EIO", "short", "slow"),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the call number `number` of a class, counted from 1."""

    kind: str
    error: str
    number: int

    def __str__(self) -> str:
        return f"{self.error} at {self.kind} {self.number}"

    @property
    def harmless(self) -> bool:
        """Whether whoever calls has to get by with it."""
        return self.error in ("short", "slow")


class Injector:
    """The library, and what it does now."""

    def __init__(self, place: Path, *below: Path) -> None:
        """Compile it in `place`; it acts `below` these directories."""
        if not (compiler := shutil.which("cc")):
            pytest.skip("gcc is not installed")
        self.library, self._file = place / "inject.so", place / "control"
        options = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
        subprocess.run([compiler, *options, "-o", self.library, SOURCE, "-ldl"], check=True)
        self._file.write_bytes(bytes(SIZE))
        with self._file.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)
        for number, path in enumerate(below):
            at = SIZE - (PLACES - number) * ROOM
            self._memory[at : at + ROOM] = bytes(path).ljust(ROOM, b"\0")

    @property
    def environment(self) -> dict[str, str]:
        """Of the programs in whose calls it acts."""
        return {"LD_PRELOAD": str(self.library), "VESSEL_INJECT": str(self._file)}

    def arm(self, fault: Fault | None) -> None:
        """Begin to count anew, and let one call fail; with None all go through."""
        head = (-1, 0, 0, 0)
        if fault:
            number = INSTEAD.get(fault.error) or getattr(errno, fault.error)
            last = FOREVER if fault.error == "full" else fault.number
            head = (CLASSES.index(fault.kind), number, fault.number, last)
        begin = SIZE - PLACES * ROOM
        self._memory[:begin] = HEAD.pack(*head).ljust(begin, b"\0")

    def users(self) -> set[int]:
        """The processes that have it in their memory."""
        found = set()
        for maps in Path("/proc").glob("[0-9]*/maps"):
            with suppress(OSError):  # it has ended, or ends
                if str(self._file) in maps.read_text(errors="replace"):
                    found.add(int(maps.parent.name))
        return found - {os.getpid()}

    def counts(self) -> dict[str, int]:
        """Calls of each class since `arm`."""
        return dict(zip(CLASSES, self._counts(), strict=False))

    def hit(self) -> tuple[str, str] | None:
        """The call that failed first, and its path; None when none has."""
        if not self._counts()[-1]:
            return None
        call = HEAD.size + COUNTS.size
        return self._text(call, CALL), self._text(call + CALL, ROOM)

    def _text(self, begin: int, size: int) -> str:
        data = bytes(self._memory[begin : begin + size])
        return data.partition(b"\0")[0].decode(errors="replace")

    def _counts(self) -> Sequence[int]:
        return COUNTS.unpack_from(self._memory, HEAD.size)
