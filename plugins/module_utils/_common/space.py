"""A full disk: told before the work where the need is known, and by its name in any case."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import VesselError

SHAPES_NO_RESULT = True  # see _plan/code.py
FULL = (errno.ENOSPC, errno.EDQUOT)
FREE_SOME = (
    "Free some, or keep the cache elsewhere (VESSEL_CACHE). `make prune` removes what no recent"
    " build used."
)
SAID = tuple(os.strerror(number) for number in FULL)


@contextmanager
def space(place: Path, needs: int, what: str) -> Iterator[None]:
    """The block, `what`, writes about `needs` bytes below `place`.

    Raises VES-108 when they are not free, or when the block runs out of space: by an OSError of its
    own, or by a program whose last words say so.
    """
    has = free(place)
    if has < needs:
        raise _full(place, needs, has, what)
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _full(place, needs, free(place), what) from error
    except VesselError as error:
        if not any(words in str(error) for words in SAID):
            raise
        raise _full(place, needs, free(place), what) from error


def free(place: Path) -> int:
    """Bytes that may be written where `place` is, or will be."""
    while not place.exists():
        place = place.parent
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def no_space(path: Path) -> VesselError:
    """VES-108 for what nobody knows how much it needs."""
    what = f"no space: {path} cannot be written, {_mb(free(path))} are free there"
    return VesselError.of("VES-108", what, FREE_SOME)


def _full(place: Path, needs: int, has: int, what: str) -> VesselError:
    return VesselError.of(
        "VES-108",
        f"no space: {what} needs {_mb(max(needs, has + 1))}, has {_mb(has)} at {place}",
        FREE_SOME,
    )


def _mb(number: int) -> str:
    return f"{-(-number // 1_000_000)} MB"
