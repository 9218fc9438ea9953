"""A locked Debian package, as the stages that unpack or install it see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .._common.run import run
from .boundary import TREE, run_on_tree, works

_FILE = "/package"  # where dpkg-deb finds it


@dataclass(frozen=True, slots=True)
class Deb:
    """A package, and its file, which is called as its own SHA-256 is."""

    name: str
    version: str
    architecture: str
    file: Path


def debs(blobs: Mapping[str, Path]) -> list[Deb]:
    """A stage's blobs that are called as `_plan.blobs.deb_blobs` does, in their order."""
    found = []
    for called, file in blobs.items():
        name, version, architecture = called.split("_")
        found.append(Deb(name, version, architecture, file))
    return found


def extract(file: Path, directory: Path) -> None:
    """Unpack the file of a package into `directory`, over what others have put there.

    A link of one package's may be on the way to a file of another's, so nothing else of the host
    can be written to. Only where it lets nobody have namespaces, as in a container where things can
    be locked but not built, dpkg-deb runs as it is. Raises VES-102 when that fails.
    """
    what = f"unpacking {file.name}"
    if works():
        run_on_tree(directory, ["dpkg-deb", "--extract", _FILE, TREE], {file: _FILE}, what=what)
    else:
        run(["dpkg-deb", "--extract", file, directory], what=what)
