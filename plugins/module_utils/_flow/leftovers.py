"""What killed builds left in the cache, wherever that is."""

from __future__ import annotations

from .._common.places import cache_root
from .._common.scratch import sweep
from .._tree import kept

# Below the cache: scratch itself; notes of runs, plans and receipts; records, and blobs that were
# cut short. The directories of stages are `kept.clear`'s, and what is in a result is its own.
PLACES = ("*", "store/*", "store/blobs/*")


def clear() -> None:
    """Remove it. Only for whoever has the turn `stages`, see `kept.clear`."""
    root = cache_root()
    for directory in [root, *(path for place in PLACES for path in sorted(root.glob(place)))]:
        sweep(directory)
    kept.clear()
