"""Kept stage results: one directory per stage id, in the cache.

A result takes its name only when it is whole, so a directory with a stage's id is that stage's
result. The node stage is filled by a whole Ansible play, so it is opened by one task and closed by
a later one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .._common.files import sync_directory
from .._common.places import cache_root
from .._common.run import run

OPEN = ".open"  # the node's tree while roles fill it


def stages_root() -> Path:
    """The directory of all kept results."""
    return cache_root() / "stages"


def place(stage_id: str) -> Path:
    """Where the result of `stage_id` is or will be."""
    return stages_root() / stage_id


def is_kept(stage_id: str) -> bool:
    """True when the result is there and whole."""
    return place(stage_id).is_dir()


def open_copy(parent_id: str, stage_id: str) -> Path:
    """A private copy of the parent's tree, to be changed and then kept by `close`.

    A copy that an interrupted build left behind is removed first.
    """
    scratch = _scratch(stage_id)
    shutil.rmtree(scratch, ignore_errors=True)
    run(
        ["cp", "--archive", "--reflink=auto", place(parent_id), scratch],
        what="copying the package tree",
    )
    return scratch


def close(stage_id: str) -> Path:
    """Keep what `open_copy` began; returns its final place."""
    final = place(stage_id)
    _scratch(stage_id).rename(final)
    sync_directory(final.parent)
    return final


def _scratch(stage_id: str) -> Path:
    return stages_root() / f".{stage_id}{OPEN}"
