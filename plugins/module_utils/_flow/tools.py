"""The tools tree and the toolchains: wanted by the lock, the store and the later steps alike."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.files import digest
from .._common.places import cache_root
from .._plan.plan import tools_stage
from .._store import toolchain
from .._store.content import Store
from .._store.debs import fetch_debs
from .._tree import kept
from .._tree.tools import Tools, build_tools


def the_store() -> Store:
    """The user's store."""
    return Store(cache_root() / "store")


def ensure_tools(debian: Mapping[str, Any], root: Path) -> Tools:
    """The tools tree of a lock's `debian` part, fetched and unpacked when it is not kept."""
    stage = tools_stage(debian, root)
    if kept.is_kept(stage.id):
        kept.touch(stage.id)
    else:
        fetch_debs(debian["tools"], the_store())
        build_tools(debian["tools"], the_store(), kept.place(stage.id))
        kept.settle(stage.id)
    return Tools(kept.place(stage.id))


def ensure_goroot(lock: Mapping[str, Any], root: Path) -> Path:
    """GOROOT of the locked toolchain, bootstrapped by the Go of the tools tree when missing."""
    bootstrap = ensure_tools(lock["debian"], root).argv("go")
    return toolchain.ensure(lock["go"]["toolchain"], bootstrap, cache_root())


def ensure_compilers(packages: Sequence[Mapping[str, Any]]) -> Tools:
    """The tree of the locked compilers of Rust programs, fetched and unpacked when missing."""
    place = compiler_trees() / digest([package["sha256"] for package in packages])
    if not place.exists():
        fetch_debs(packages, the_store())
        build_tools(packages, the_store(), place)
    os.utime(place)  # what is not used is pruned some day
    return Tools(place)


def compiler_trees() -> Path:
    """Where they lie."""
    return cache_root() / "rust/compilers"
