"""A program or library out of a file that somebody released."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._plan.blobs import url_blob
from .._plan.stage import Kind, Stage, Work, stage
from .._store.release import take


def make(work: Work) -> None:
    """Take it out; VES-412 when it is not in there."""
    name = work.options["name"]
    take(name, work.blobs["released"], work.place / name)


KIND = Kind("release", "take a program out of its release", make)


def release(root: Path, name: str, fetched: Mapping[str, Any]) -> Stage:
    """The file called `name` of what the lock's part `fetched` names."""
    blobs = {"released": url_blob(fetched, name)}
    return stage(root, KIND, name=name, options={"name": name}, blobs=blobs)
