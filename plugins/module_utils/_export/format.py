"""The form of a file in `formats/`: a way to write the disk that users get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .._tree.tools import Tools


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `write` brings the raw disk into it, with programs of the tools tree, as a new
    file. Nothing in there may depend on threads, time or host."""

    write: Callable[[Path, Tools, Path], None]
    name: str = ""
