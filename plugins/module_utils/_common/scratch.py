"""Temporary files and directories that a killed process cannot leave behind for ever.

Whoever makes one holds a lock on it (flock(2)) for as long as it is needed. The kernel drops the
lock with the process, however that ended and in whatever PID namespace it lived: what nobody locks
is a leftover, and `sweep` removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .places import cache_root

SUFFIX = ".part"


def scratch_root(cache: Path | None = None) -> Path:
    """Where in the user's cache, or in `cache`, scratch lies that need not be beside anything."""
    return (cache or cache_root()) / "scratch"


@contextmanager
def scratch(name: str, beside: Path | None = None) -> Iterator[Path]:
    """A private directory, removed when the block ends.

    It lies hidden in the directory `beside`, by default the cache's own for scratch.
    """
    path, lock = scratch_directory(name, beside or scratch_root())
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def scratch_directory(name: str, parent: Path) -> tuple[Path, int]:
    """A new directory below `parent`, and the descriptor that holds its lock until it is closed."""
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        path = Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}.", suffix=SUFFIX))
        with suppress(FileNotFoundError):  # swept before it could be locked
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            if _hold(descriptor) and path.exists():
                return path, descriptor
            os.close(descriptor)


def scratch_file(name: str, parent: Path) -> tuple[Path, int]:
    """A new file in `parent`, and its descriptor, which is open for writing and holds its lock."""
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor, path = tempfile.mkstemp(dir=parent, prefix=f".{name}.", suffix=SUFFIX)
        if _hold(descriptor) and os.fstat(descriptor).st_nlink:
            return Path(path), descriptor
        os.close(descriptor)  # swept before it could be locked


def sweep(directory: Path, name: str = "*") -> list[Path]:
    """Remove what killed processes left in `directory`, under any `name`; returns it. What a living
    process holds stays."""
    removed = []
    for path in sorted(directory.glob(f".{name}.*{SUFFIX}")):
        with suppress(FileNotFoundError):  # its owner removes it just now
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                if _hold(descriptor):
                    remove(path)
                    removed.append(path)
            finally:
                os.close(descriptor)
    return removed


def remove(path: Path) -> None:
    """Remove a file, or a directory with all that it holds."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _hold(descriptor: int) -> bool:
    """Lock without waiting; False when somebody else holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
