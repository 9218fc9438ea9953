"""Where Vessel keeps things outside the project: one cache directory of the user's."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import VesselError

# Goes up when an older Vessel could no longer make sense of what a newer one keeps.
SCHEMA = 1
VERSION = "version"


def cache_root() -> Path:
    """`$VESSEL_CACHE`, or `vessel` under the XDG cache directory. Nothing in it is ever needed
    for correctness."""
    if own := os.environ.get("VESSEL_CACHE"):
        return Path(own).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "vessel"


def open_cache() -> Path:
    """`cache_root()`, made if need be, for whoever is going to write there.

    Raises VES-106 when a newer Vessel keeps it, and VES-107 when it cannot be written.
    """
    root = cache_root()
    place = root / VERSION
    try:
        root.mkdir(parents=True, exist_ok=True)
        kept = place.read_text() if place.exists() else ""
        if kept.strip().isdigit() and int(kept) > SCHEMA:
            raise VesselError.of(
                "VES-106",
                f"the cache {root} is of a newer Vessel: version {int(kept)}, this one knows"
                f" {SCHEMA}",
                "Use that Vessel, or set VESSEL_CACHE to another directory.",
            )
        if not os.access(root, os.W_OK):
            raise PermissionError(None, "it is not writable")
        if kept != f"{SCHEMA}\n":
            place.write_text(f"{SCHEMA}\n")
    except OSError as error:
        raise VesselError.of(
            "VES-107",
            f"the cache {root} cannot be written: {error.strerror}",
            "Set VESSEL_CACHE to a directory of yours.",
        ) from error
    return root
