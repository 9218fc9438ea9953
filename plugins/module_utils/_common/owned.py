"""What another user could have put there is not believed.

Root builds what others will trust, and a cache may lie anywhere. So each directory on the way to
it, and each link, has to be of somebody who may do anything here anyway: whoever runs this, root,
or the owner of `/` (who is another one in a user namespace). Nobody else may write there. With the
sticky bit others may, on the way to it, as in /tmp: only owners take names away there (chmod(1)).
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from .errors import VesselError

SHAPES_NO_RESULT = True  # see _plan/code.py
MOST_LINKS = 40  # as the kernel has it (path_resolution(7))
OTHERS = stat.S_IWGRP | stat.S_IWOTH


def check_way(path: Path) -> None:
    """Look at each directory and link on the way to the absolute `path`, and at itself; what is not
    there yet is no fault. Raises VES-114."""
    trusted = {os.geteuid(), 0, Path("/").stat().st_uid}
    for step, status, reached, last in _steps(str(path)):
        if why := _fault(status, trusted, open_to_all=last and reached):
            raise _refused(str(path) if step == str(path) else f"{path}: {step}", why)


def check_own(path: Path | str) -> None:
    """The same for one file or directory that lies where nobody else may write now, but may have
    come there before. Raises VES-114; what is not there is no fault."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(status.st_mode):
        check_way(Path(path))
    elif why := _fault(status, {os.geteuid(), 0}, open_to_all=True):
        raise _refused(str(path), why)


def _fault(status: os.stat_result, trusted: set[int], *, open_to_all: bool) -> str:
    """Why it is not believed; empty when it is. `open_to_all` says whether the sticky bit is not
    enough: others get there, and the way ends there."""
    mode = status.st_mode
    if status.st_uid not in trusted:
        return f"belongs to {_name(status.st_uid)}"
    if not mode & OTHERS or stat.S_ISLNK(mode):
        return ""
    # A tmpfs that was just mounted has it, too, and is fine where nobody else gets to.
    if mode & stat.S_ISVTX and not open_to_all:
        return ""
    return f"may be written by others (mode {stat.S_IMODE(mode):04o})"


def make_directory(path: Path) -> None:
    """Make `path` and what is missing above it, where nobody else may write whatever the umask."""
    if not path.is_dir():
        make_directory(path.parent)
        path.mkdir(mode=0o755, exist_ok=True)


def open_own(path: Path, flags: int, mode: int = 0o600) -> int:
    """A descriptor of the regular file `path` that is this user's alone, made if `flags` say so.

    Raises VES-115 for a link, for a file of more names than this one, and for whatever is no file
    of this user's: what is written into it would reach another.
    """
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except OSError as error:
        if path.is_symlink():
            raise _planted(path, "it is a link") from error
        if path.exists() and not path.is_file():
            raise _planted(path, "it is no regular file") from error
        raise
    status = os.fstat(descriptor)
    why = ""
    if not stat.S_ISREG(status.st_mode):
        why = "it is no regular file"
    elif status.st_uid != os.geteuid():
        why = f"it belongs to {_name(status.st_uid)}"
    elif status.st_nlink > 1:
        why = "it has another name elsewhere"
    if why:
        os.close(descriptor)
        raise _planted(path, why)
    return descriptor


def _steps(path: str) -> Iterator[tuple[str, os.stat_result, bool, bool]]:
    """Each directory and link on the way to `path`, with its status; whether others get to it, and
    whether the way ends there. Texts and not Paths: a build asks for it a thousand times."""
    done, waiting, links = "/", path.split("/")[::-1], 0
    reached = {done: True}
    while waiting:
        name = waiting.pop()
        if name in ("", "."):
            continue
        if name == "..":
            done = os.path.dirname(done)  # noqa: PTH120 - links before it were followed already
            continue
        step = f"{done.rstrip('/')}/{name}"
        try:
            status = os.lstat(step)
        except OSError:
            return  # not there, or no name for a file: whoever opens it says so
        yield step, status, reached[done], not waiting
        if not stat.S_ISLNK(status.st_mode):
            reached[step] = reached[done] and bool(status.st_mode & (stat.S_IXGRP | stat.S_IXOTH))
            done = step
            continue
        links += 1
        if links > MOST_LINKS:
            return  # whoever opens it says so
        target = os.readlink(step)
        done = "/" if target.startswith("/") else done
        waiting += target.rstrip("/").split("/")[::-1]


def _refused(where: str, why: str) -> VesselError:
    return VesselError.of(
        "VES-114",
        f"{where} {why}",
        "What lies there is not believed. Set VESSEL_CACHE to a directory of your own, or let"
        " it belong to you alone: `chown` it, and `chmod go-w`.",
    )


def _planted(path: Path, why: str) -> VesselError:
    return VesselError.of(
        "VES-115",
        f"{path} is not this user's file: {why}",
        "Find out who put it there, then remove it.",
    )


def _name(number: int) -> str:
    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"the user {number}"
