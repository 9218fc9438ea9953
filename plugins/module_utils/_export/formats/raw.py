"""The disk as it is, a sparse file."""

from __future__ import annotations

from pathlib import Path

from ..._common.run import run
from ..._tree.tools import Tools
from ..format import Format


def write(raw: Path, tools: Tools, destination: Path) -> None:
    """A sparse copy, sharing blocks where the host's file system can."""
    del tools  # a copy has only one possible result
    run(
        ["cp", "--reflink=auto", "--sparse=always", raw, destination],
        timeout=1800,
        what="copying the raw disk",
    )


KIND = Format(write)
