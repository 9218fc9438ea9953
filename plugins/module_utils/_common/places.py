"""Where Vessel keeps things outside the project: one cache directory of the user's."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import VesselError
from .owned import check_own, check_way, make_directory, open_own

# Goes up when an older Vessel could no longer make sense of what a newer one keeps.
SCHEMA = 1
VERSION = "version"


def cache_root() -> Path:
    """`$VESSEL_CACHE`, or `vessel` under the XDG cache directory. Nothing in it is ever needed
    for correctness.

    Raises VES-114 when another user owns it or something on the way to it, or may write there: what
    is kept is believed.
    """
    if own := os.environ.get("VESSEL_CACHE"):
        root = Path(own).absolute()
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        root = Path(base).absolute() / "vessel"
    check_way(root)
    return root


def check_kept(path: Path) -> None:
    """Look at what is kept at `path` in the cache, and at the directories between: others may have
    put it there before the cache was closed to them. Raises VES-114."""
    root = cache_root()
    while path != root and root in path.parents:
        check_own(path)
        path = path.parent


def open_cache() -> Path:
    """`cache_root()`, made if need be, for whoever is going to write there.

    Raises VES-106 when a newer Vessel keeps it, VES-107 when it cannot be written, VES-114 as
    `cache_root` does, for directories in it as well, and VES-115 for a planted file.
    """
    root = cache_root()
    place = root / VERSION
    try:
        make_directory(root)
        if not os.access(root, os.W_OK):
            raise PermissionError(None, "it is not writable")
        with os.fdopen(open_own(place, os.O_RDWR | os.O_CREAT, 0o644), "r+") as file:
            kept = file.read()
            if kept.strip().isdigit() and int(kept) > SCHEMA:
                raise VesselError.of(
                    "VES-106",
                    f"the cache {root} is of a newer Vessel: version {int(kept)}, this one knows"
                    f" {SCHEMA}",
                    "Use that Vessel, or set VESSEL_CACHE to another directory.",
                )
            if kept != f"{SCHEMA}\n":
                file.seek(0)
                file.truncate()
                file.write(f"{SCHEMA}\n")
        for directory in _check_below(str(root)):
            _check_below(directory)
    except OSError as error:
        raise VesselError.of(
            "VES-107",
            f"the cache {root} cannot be written: {error.strerror}",
            "Set VESSEL_CACHE to a directory of yours.",
        ) from error
    return root


def _check_below(root: str) -> list[str]:
    """Look at all in `root` but plain files, of which those that matter are looked at when they are
    opened; returns it."""
    try:
        with os.scandir(root) as entries:
            found = [each.path for each in entries if not each.is_file(follow_symlinks=False)]
    except OSError:
        return []  # not there yet, or nothing to list: whoever uses it says so
    for path in found:
        check_own(path)
    return found
