"""What was forced to the disk, in which order, and what stood under the names meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def forced(
    monkeypatch: pytest.MonkeyPatch, look: Callable[[], object]
) -> list[tuple[Path, object]]:
    """A list that grows by each file or directory that is forced to the disk, with what `look`
    finds just then."""
    found: list[tuple[Path, object]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        found.append((Path(f"/proc/self/fd/{descriptor}").readlink(), look()))

    monkeypatch.setattr(os, "fsync", fsync)
    return found
