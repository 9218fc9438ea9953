"""Temporary files and directories that a killed process cannot leave behind for ever.

Whoever makes one holds a lock on it (flock(2)) for as long as it is needed. The kernel drops the
lock with the process, however that ended and in whatever PID namespace it lived: what nobody locks
is a leftover, and `sweep` removes it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .owned import make_directory
from .places import cache_root

SUFFIX = ".part"
# Bytes of a name that are left beside the dots, eight characters by chance, and the suffix
# (NAME_MAX): a file may have a name of 255 itself.
LONGEST = 255 - len("..") - 8 - len(SUFFIX)


def scratch_root(cache: Path | None = None) -> Path:
    """Where in the user's cache, or in `cache`, scratch lies that need not be beside anything."""
    return (cache or cache_root()) / "scratch"


@contextmanager
def scratch(name: str, beside: Path | None = None, *, owner: int | None = None) -> Iterator[Path]:
    """A private directory, removed when the block ends.

    It lies hidden in the directory `beside`, by default the cache's own for scratch. `owner` is the
    user for whom root makes it, else whoever runs this.
    """
    path, lock = scratch_directory(name, beside or scratch_root(), owner)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def scratch_directory(name: str, parent: Path, owner: int | None = None) -> tuple[Path, int]:
    """A new directory below `parent`, and the descriptor that holds its lock until it is closed."""
    make_directory(parent)
    while True:
        path = Path(tempfile.mkdtemp(dir=parent, prefix=scratch_prefix(name), suffix=SUFFIX))
        with suppress(FileNotFoundError):  # swept before it could be locked
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            if _hold(descriptor) and path.exists():
                if owner is not None:
                    os.fchown(descriptor, owner, -1)
                return path, descriptor
            os.close(descriptor)


def scratch_file(name: str, parent: Path) -> tuple[Path, int]:
    """A new file in `parent`, and its descriptor, which is open for writing and holds its lock."""
    make_directory(parent)
    while True:
        descriptor, path = tempfile.mkstemp(dir=parent, prefix=scratch_prefix(name), suffix=SUFFIX)
        if _hold(descriptor) and os.fstat(descriptor).st_nlink:
            return Path(path), descriptor
        os.close(descriptor)  # swept before it could be locked


def try_file(name: str, parent: Path) -> None:
    """Make a file in `parent` and remove it again. Raises OSError where none can be made."""
    part, descriptor = scratch_file(name, parent)
    try:
        os.close(descriptor)
    finally:
        part.unlink()


def scratch_prefix(name: str) -> str:
    """How the name of scratch for `name` begins; `sweep` finds a longer one under `*` only."""
    return f".{os.fsencode(name)[:LONGEST].decode(errors='ignore')}."


def sweep(directory: Path, name: str = "*", *, owner: int | None = None) -> list[Path]:
    """Remove what killed processes left in `directory`, under any `name`; returns it. What a living
    process holds stays, and so does what is not this user's, or `owner`'s: in a directory that all
    may write, others may have anything of that name."""
    removed = []
    mine = {os.geteuid()} if owner is None else {os.geteuid(), owner}
    for path in sorted(directory.glob(f".{name}.*{SUFFIX}")):
        with suppress(FileNotFoundError):  # its owner removes it just now
            descriptor = _opened(path, mine)
            if descriptor is None:
                continue
            try:
                if _hold(descriptor):
                    with suppress(PermissionError):  # a file system may not want to give it up
                        remove(path)
                        removed.append(path)
            finally:
                os.close(descriptor)
    return removed


def _opened(path: Path, owners: set[int]) -> int | None:
    """A descriptor of the file or directory `path`; None for what is neither, such as a link or a
    FIFO, and for what is of nobody in `owners`."""
    status = path.lstat()
    kind = stat.S_IFMT(status.st_mode)
    if status.st_uid not in owners or kind not in (stat.S_IFREG, stat.S_IFDIR):
        return None
    try:
        # Another may have taken the name since: a FIFO would keep whoever opens it waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EACCES):
            return None
        raise
    if os.path.samestat(os.fstat(descriptor), status):
        return descriptor
    os.close(descriptor)
    return None


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
