"""Where Vessel keeps things outside the project: one cache directory of the user's."""

from __future__ import annotations

import os
from pathlib import Path


def cache_root() -> Path:
    """`$VESSEL_CACHE`, or `vessel` under the XDG cache directory. Nothing in it is ever needed
    for correctness."""
    if own := os.environ.get("VESSEL_CACHE"):
        return Path(own).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "vessel"
