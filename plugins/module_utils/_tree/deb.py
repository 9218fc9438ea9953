"""A locked Debian package, as the stages that unpack or install it see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
