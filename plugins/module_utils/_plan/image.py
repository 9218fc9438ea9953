"""What a vessel makes of a spec on one processor, before it is brought into a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._lock.lock import Lock
from .._lock.wants import Wants
from .._spec.model import Spec
from .stage import Stage

SHAPES_NO_RESULT = True  # see _plan/code.py: these are only forms


@dataclass(frozen=True, slots=True)
class Target:
    """One image to be made: a spec and its lock, on one architecture. `root` is the collection."""

    spec: Spec
    lock: Lock
    architecture: str
    root: Path


@dataclass(frozen=True, slots=True)
class Image:
    """An image. `stem` begins the names of its files.

    The result of `disk` holds disk.raw and contents.json, that of `components` components.json; the
    programs of `tools` shape bytes. `facts` say what the image can do; those called in `sums` are
    the sizes of the components that they name. `epoch` in seconds since 1970. `machine` is the
    virtual machine that it asks for, see `_export/machine.py`.
    """

    name: str
    vessel: str
    stem: str
    architecture: str
    disk: Stage
    tools: Stage
    components: Stage
    facts: Mapping[str, Any]
    sums: tuple[str, ...]
    spec_sha256: str
    lock_sha256: str
    epoch: int
    machine: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The form of a file in `_vessels`: what it wants locked, and what it makes of a target."""

    wants: Callable[[Spec], Wants]
    image: Callable[[Target], Image]
    name: str = ""
