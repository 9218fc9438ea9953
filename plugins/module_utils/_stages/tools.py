"""A tree of programs that are unpacked and never installed: the tools, and Rust's compilers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .._common.space import space
from .._lock.lock import Package
from .._plan.blobs import deb_blobs
from .._plan.stage import Kind, Stage, Work, stage
from .._tree.tools import unpack_tools


def make(work: Work) -> None:
    """Unpack every package."""
    packages = list(work.blobs.values())
    needs = sum(package.stat().st_size for package in packages)
    with space(work.place, needs, f"unpacking {len(packages)} packages"):
        unpack_tools(packages, work.place)


KIND = Kind("tools", "unpack the pinned tools", make)


def tools(root: Path, packages: Sequence[Package], *, name: str = "tools") -> Stage:
    """The tree of the locked `packages`."""
    return stage(root, KIND, name=name, blobs=deb_blobs(packages))
