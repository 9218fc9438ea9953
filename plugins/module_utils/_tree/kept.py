"""Kept stage results, in the cache.

    stages/<id>/result    the result, a plain directory; it takes this name only when it is whole
    stages/<id>/boot      in which boot of the host that was, or DURABLE
    stages/<id>/open      the node's tree, while the roles of a whole Ansible play fill it

Results are not forced to the disk: that would cost as much as making them. So one is trusted in the
boot that made it, when the kernel's memory vouches for it, and in later ones only if a build has
met it again after the kernel had time to write it down.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from .._common.files import write_text
from .._common.places import cache_root
from .._common.run import run
from .._common.scratch import remove, sweep
from .._common.space import space

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
DURABLE = "durable\n"
# Seconds after which the kernel has written by itself nearly all that a stage wrote.
WRITTEN_BACK = 120.0


def stages_root() -> Path:
    """The directory of all kept results."""
    return cache_root() / "stages"


def place(stage_id: str) -> Path:
    """Where the result of `stage_id` is or will be."""
    return stages_root() / stage_id / "result"


def is_kept(stage_id: str) -> bool:
    """True when the result is there and whole."""
    try:
        boot = _mark(stage_id).read_text()
    except FileNotFoundError:
        return False
    return boot in (DURABLE, BOOT_ID.read_text()) and place(stage_id).is_dir()


def settle(stage_id: str) -> None:
    """Say that the result in `place` is whole."""
    # Not forced to the disk either: only this boot believes it.
    _mark(stage_id).write_text(BOOT_ID.read_text())


def touch(stage_id: str) -> None:
    """Note that a kept result was used: what is not, is pruned some day."""
    mark = _mark(stage_id)
    os.utime(mark.parent)
    if mark.read_text() != DURABLE and time.time() - mark.stat().st_mtime > WRITTEN_BACK:
        run(["sync", "--file-system", mark], what="writing the cache to disk")
        write_text(mark, DURABLE)


def open_copy(parent_id: str, stage_id: str) -> Path:
    """A private copy of the parent's tree, to be changed and then kept by `close`.

    A copy that an interrupted build left behind is removed first.
    """
    scratch, parent = _open(stage_id), place(parent_id)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.parent.mkdir(parents=True, exist_ok=True)
    with space(stages_root(), allocated(parent), "copying the package tree"):
        run(["cp", "--archive", "--reflink=auto", parent, scratch], what="copying the package tree")
    return scratch


def close(stage_id: str) -> Path:
    """Keep what `open_copy` began; returns its final place."""
    final = place(stage_id)
    if final.exists():
        shutil.rmtree(final)  # of another boot
    _open(stage_id).rename(final)
    settle(stage_id)
    return final


def clear() -> None:
    """Remove what killed builds left. Only for whoever has the turn: a node's tree is filled by
    several processes, so it is nobody else's then."""
    for directory in stages_root().glob("*"):
        sweep(directory)
        if (directory / "open").exists():
            remove(directory / "open")


def allocated(tree: Path) -> int:
    """Bytes that `tree`, a file or a directory, takes on disk with all below it."""
    paths = [tree, *(Path(base, n) for base, d, f in os.walk(tree) for n in (*d, *f))]
    return sum(path.lstat().st_blocks * 512 for path in paths)


def _mark(stage_id: str) -> Path:
    return stages_root() / stage_id / "boot"


def _open(stage_id: str) -> Path:
    return stages_root() / stage_id / "open"
