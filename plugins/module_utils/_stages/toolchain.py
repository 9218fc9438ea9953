"""The locked Go toolchain, unpacked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .._common.places import cache_root
from .._plan.stage import Kind, Stage, Work, stage
from .._store.toolchain import unpack_toolchain
from .._tree.tools import Tools


def make(work: Work) -> None:
    """Fetch it with the Go of the tools tree, which shapes no byte of it."""
    bootstrap = Tools(work.inputs["tools"]).argv("go")
    locked = {"version": work.options["version"], "sum": work.options["sum"]}
    unpack_toolchain(locked, bootstrap, cache_root(), work.place)


KIND = Kind("toolchain", "fetch the Go toolchain", make, online=True, by_values=True)


def toolchain(root: Path, locked: Mapping[str, str], *, tools: Stage) -> Stage:
    """GOROOT of the lock's toolchain (`version`, `sum`)."""
    options = {"version": locked["version"], "sum": locked["sum"]}
    return stage(root, KIND, options=options, inputs={"tools": tools})
