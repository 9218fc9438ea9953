"""The files of a tree, seen from outside as a process in it sees them: there is no way out.

What a package or a role left in a tree is not to be trusted: an absolute link, or `..` in one,
would lead a program outside of the tree into the host. Here the kernel looks up every name with the
tree as the root directory, so that links lead where they lead in the image.

Source: openat2(2), Linux 5.6 and later, `struct open_how` of <linux/openat2.h>. Python has no
function for it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path, PurePosixPath

from .._common.errors import VesselError

_OPENAT2 = 437  # of every architecture
_NO_MAGICLINKS, _IN_ROOT = 0x02, 0x10
# Nothing is there, or something on the way to it is no directory or a ring of links.
_MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_TRIES = 1000  # a rename anywhere on the host while `..` is looked up makes the kernel say EAGAIN
_libc = ctypes.CDLL(None, use_errno=True)


class Inside:
    """The files of one tree. Paths are those of a process in it, the first slash may be left out.

    Each call opens what it needs and closes it again.
    """

    def __init__(self, tree: Path) -> None:
        self.tree = tree

    def status(self, path: str, *, follow: bool = False) -> os.stat_result | None:
        """What lstat(2), or with `follow` stat(2), says in the tree; None where nothing is."""
        with self._found(path, os.O_PATH if follow else os.O_PATH | os.O_NOFOLLOW) as descriptor:
            return None if descriptor is None else os.fstat(descriptor)

    def is_directory(self, path: str, *, follow: bool = False) -> bool:
        """Whether that is a directory."""
        found = self.status(path, follow=follow)
        return found is not None and stat.S_ISDIR(found.st_mode)

    def link(self, path: str) -> str | None:
        """Where the link `path` leads, as it is written; None for what is no link."""
        with self._found(path, os.O_PATH | os.O_NOFOLLOW) as descriptor:
            if descriptor is None or not stat.S_ISLNK(os.fstat(descriptor).st_mode):
                return None
            return os.readlink("", dir_fd=descriptor)

    def names(self, path: str) -> list[str]:
        """What the directory `path` holds, sorted; nothing where it is none."""
        with self._found(path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
            return (
                [] if descriptor is None else sorted(each.name for each in os.scandir(descriptor))
            )

    @contextmanager
    def reading(self, path: str) -> Iterator[BufferedReader]:
        """The regular file `path`, open. Raises VES-527 for anything else: at a pipe its reader
        would wait for ever, and a device is the host's."""
        with self._found(path, os.O_PATH) as descriptor:
            if descriptor is None or not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _unlike(path, "a file")
            with Path(f"/proc/self/fd/{descriptor}").open("rb") as file:
                yield file

    def read(self, path: str) -> bytes:
        """The bytes of the regular file `path`. Raises VES-527 for anything else."""
        with self.reading(path) as file:
            return file.read()

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Make `path` a new file of `data`; what had the name before, a link too, goes away.
        Raises VES-527 where its directory is none."""
        self.remove(path)
        with self._parent(path) as (parent, name):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(name, flags, mode, dir_fd=parent), "wb") as file:
                file.write(data)
                os.fchmod(file.fileno(), mode)  # whatever the umask

    def write_link(self, path: str, target: str) -> None:
        """Make `path` a link to `target`, in place of what had the name before. Raises VES-527
        where its directory is none."""
        self.remove(path)
        with self._parent(path) as (parent, name):
            os.symlink(target, name, dir_fd=parent)

    def remove(self, path: str) -> None:
        """Remove `path` with all below it, if there is anything; of a link, the link."""
        found = self.status(path)
        if found is None:
            return
        with self._parent(path) as (parent, name):
            if stat.S_ISDIR(found.st_mode):
                shutil.rmtree(name, dir_fd=parent)
            else:
                os.unlink(name, dir_fd=parent)

    def empty(self, path: str) -> None:
        """Remove everything below the directory `path` that is no directory itself, if there is
        such a directory."""
        with self._found(path, os.O_RDONLY | os.O_DIRECTORY) as top:
            if top is None:
                return
            for _, folders, files, here in os.fwalk(".", dir_fd=top):
                for name in [*folders, *files]:
                    if not stat.S_ISDIR(os.lstat(name, dir_fd=here).st_mode):
                        os.unlink(name, dir_fd=here)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """The directory that holds `path`, and the last of its names."""
        plain = PurePosixPath("/", path)
        if plain.name in ("", ".."):
            raise ValueError(f"{path} has no name of its own")
        with self._found(str(plain.parent), os.O_PATH | os.O_DIRECTORY) as descriptor:
            if descriptor is None:
                raise _unlike(str(plain.parent), "a directory")
            yield descriptor, plain.name

    @contextmanager
    def _found(self, path: str, flags: int) -> Iterator[int | None]:
        """A descriptor of `path`; None where nothing is."""
        root = os.open(self.tree, os.O_PATH | os.O_DIRECTORY)
        try:
            descriptor = _openat2(root, path, flags)
        finally:
            os.close(root)
        try:
            yield descriptor
        finally:
            if descriptor is not None:
                os.close(descriptor)


def _openat2(root: int, path: str, flags: int) -> int | None:
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, 0, _IN_ROOT | _NO_MAGICLINKS)
    name = os.fsencode(path) or b"/"
    for _ in range(_TRIES):
        descriptor = int(_libc.syscall(_OPENAT2, root, name, how, len(how)))
        if descriptor >= 0:
            return descriptor
        number = ctypes.get_errno()
        if number != errno.EAGAIN:
            break
    if number == errno.ENOSYS:
        raise VesselError.of(
            "VES-526",
            "this kernel cannot keep a look-up inside of a tree: it has no openat2",
            "Build on Linux 5.6 or later, in a container whose seccomp profile allows openat2.",
        )
    if number in _MISSING:
        return None
    raise OSError(number, os.strerror(number), path)


def _unlike(path: str, what: str) -> VesselError:
    return VesselError.of(
        "VES-527",
        f"{path} of the tree is not {what}, as it has to be",
        "Look for the package, or the role of yours, that makes it something else.",
    )
