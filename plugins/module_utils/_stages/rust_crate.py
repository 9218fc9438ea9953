"""A Rust program of this project, built of crates that its Cargo.lock names by digest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from .._common.places import cache_root
from .._common.space import space
from .._kinds.architecture import Architecture
from .._kinds.program import RustCrate
from .._lock.lock import Package
from .._lock.rust import DIRECTORY
from .._plan.files import check_files, file_digests
from .._plan.stage import Kind, Stage, Work, stage
from .._store.rustbuild import Workshop, arguments, environment, is_source, workshop, workspace
from .._tree.tools import Tools

# Bytes that it takes: compilers, crates, and what is compiled of them.
NEEDS = 6_000_000_000


def make(work: Work) -> None:
    """Build one."""
    list(together([work]))


def together(works: Sequence[Work]) -> Iterator[Work]:
    """Build several in one workshop: what two have in common is compiled once.

    Raises VES-325 when a crate cannot be had or is another one, VES-411 when a program does not
    build.
    """
    with ExitStack() as stack:
        stack.enter_context(space(cache_root(), NEEDS, "building Rust programs"))
        shops: dict[Path, Workshop] = {}
        for work in works:
            said, compilers = work.options, work.inputs["compilers"]
            if compilers not in shops:
                shops[compilers] = stack.enter_context(_workshop(work.root, compilers))
            shop = shops[compilers]
            check_files(shop.source, said["sources"])
            program = shop.build(said["binary"], said["arguments"], said["environment"])
            shutil.copyfile(program, work.place / said["binary"])
            (work.place / said["binary"]).chmod(0o755)
            yield work


def _workshop(root: Path, compilers: Path) -> AbstractContextManager[Workshop]:
    tree = Tools(compilers)
    return workshop(root / DIRECTORY, tree.tree, tree.argv("cargo"), cache_root())


KIND = Kind(
    "rust_crate",
    "build a Rust program of this project",
    make,
    online=True,
    by_values=True,
    turn="rust",
    together=together,
)


def rust_crate(
    root: Path,
    crate: RustCrate,
    packages: Sequence[Package],
    *,
    compilers: Stage,
    architecture: Architecture,
) -> Stage:
    """The binary of `crate`; `packages` are those that the tree `compilers` is unpacked from."""
    directory = root / DIRECTORY
    places = workspace(directory)
    options = {
        "binary": crate.binary,
        "sources": file_digests(directory, lambda name: is_source(name, crate.package, places)),
        "arguments": arguments(crate, architecture),
        "environment": environment(architecture),
        "compilers": [each["sha256"] for each in packages],
    }
    inputs = {"compilers": compilers}
    return stage(root, KIND, name=crate.binary, options=options, inputs=inputs)
