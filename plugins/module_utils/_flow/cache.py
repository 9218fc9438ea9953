"""The cache as a whole: how large it is, whether it is sound, and making it smaller.

Nothing in it is needed for correctness, so whatever is removed is only made or fetched again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .._common.places import cache_root
from .._common.progress import report
from .._common.scratch import remove, scratch
from .._common.turn import turn
from .._store.rustbuild import CRATES, TESTS
from .._tree import kept
from . import leftovers
from .making import the_store

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is kept or removed as a whole; `used` in seconds since 1970."""

    kind: str
    path: Path
    size: int
    used: float


def items() -> list[Item]:
    """Everything in the cache that is worth removing."""
    return [
        Item(kind, path, kept.allocated(path), path.stat().st_mtime) for kind, path in _places()
    ]


def sizes(found: list[Item]) -> dict[str, int]:
    """Kind -> bytes."""
    return {
        kind: sum(item.size for item in found if item.kind == kind)
        for kind in dict.fromkeys(item.kind for item in found)
    }


def verify(*, remove_damaged: bool = True) -> list[Path]:
    """Read every blob of the store; returns, and removes, those with another digest."""
    store = the_store()
    blobs = store.blobs()
    report(f"store: reading {len(blobs)} blobs")
    damaged = [path for path in blobs if not store.is_sound(path)]
    for path in damaged if remove_damaged else ():
        path.unlink()
    return damaged


def prune(max_age: float, max_size: int | None, *, check: bool = False) -> list[Item]:
    """Remove what was not used for `max_age` seconds, then the longest unused until no more than
    `max_size` bytes are left; returns it. `check` removes nothing.

    Waits for builds that run.
    """
    who = "pruning the cache"
    with turn("store", who), turn("rust", who), turn("stages", who):
        if not check:
            leftovers.clear()
        found = sorted(items(), key=lambda item: item.used)
        left = sum(item.size for item in found)
        removed = []
        for item in found:
            if time.time() - item.used > max_age or (max_size is not None and left > max_size):
                left -= item.size
                removed.append(item)
                if not check and item.kind == "stages":
                    kept.forget(item.path.name)
                elif not check:
                    _discard(item.path)
        return removed


def _discard(path: Path) -> None:
    """Remove it, of which no half is found under its name when this is killed."""
    with scratch("pruned") as place:
        remove(path.rename(place / path.name))


def _places() -> Iterator[tuple[str, Path]]:
    root = cache_root()
    yield from (("store", path) for path in the_store().blobs())
    yield from (("stages", path) for path in _below(kept.stages_root()))
    yield from (("unpacked crates", path) for path in _below(root / CRATES))
    yield from (("compiled crates", path) for path in _below(root / TESTS))
    # The caches of Go, Cargo and Zig have no parts that could be told apart from outside.
    own = {"Go mod": "go/mod", "Go build": "go/build", "Cargo": "rust/cargo", "Zig": "zig"}
    yield from ((kind, root / path) for kind, path in own.items() if (root / path).exists())


def _below(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*") if not path.name.startswith("."))
