"""What the host refuses: told with a code and the path, wherever it happens.

Python names the file when it cannot be opened, and not when a read, write, fsync(2) or close of it
fails. So the path is looked for where the error went through.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import VesselError
from .space import FULL, no_space

SHAPES_NO_RESULT = True  # see _plan/code.py
# What functions of ours and pathlib's methods call the file that they are about.
NAMES = ("path", "self", "file", "target", "source", "place", "where", "directory")


@contextmanager
def refusals_told() -> Iterator[None]:
    """For the front doors: an OSError that nobody has told better becomes VES-108 when the disk is
    full, and VES-116 otherwise."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise no_space(Path(where(error))) from error
        raise VesselError.of(
            "VES-116",
            f"{where(error)}: {reason(error)}",
            "Look at that file or directory: its owner and mode, its file system, the host's log.",
        ) from error


@contextmanager
def naming(place: Path) -> Iterator[None]:
    """The block writes below `place`: what a nameless OSError of it is about, unless a file that
    was read is as likely."""
    try:
        yield
    except OSError as error:
        if not error.filename:
            found = "" if error.errno in FULL else _named(error)
            if found and not Path(found).is_relative_to(place):
                found += f", or something in {place}"
            error.filename = found or str(place)
        raise


def is_refusal(error: BaseException) -> bool:
    """Whether the host says it. gzip and bzip2 raise OSErrors of their own for odd bytes, and an
    odd offset is an invalid argument to the host."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


def where(error: OSError) -> str:
    """The file or directory that it is about."""
    return _named(error) or "a file that it does not name"


def _named(error: OSError) -> str:
    named = error.filename2 or error.filename
    # rmtree(3) of Python names it relative to a descriptor.
    if isinstance(named, str) and named.startswith("/"):
        return named
    frames = [frame.f_locals for frame, _line in traceback.walk_tb(error.__traceback__)]
    for found in reversed(frames):
        for name in NAMES:
            if isinstance(found.get(name), Path):
                return str(found[name])
    return str(named or "")


def reason(error: OSError) -> str:
    """Why, in the system's words."""
    return error.strerror or str(error) or type(error).__name__
