"""Digests of the code, roles and tools that a stage runs: part of its id."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import digest, sha256_file

# What tools leave beside sources; `target` is Cargo's.
IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", "target"}


def source_digest(root: Path, paths: Iterable[str]) -> str:
    """SHA-256 over names and contents of the files at or below `paths`, relative to `root`.

    Raises VES-110 when one of them is missing: the checkout is incomplete.
    """
    entries: list[list[str]] = []
    for name in sorted(set(paths)):
        place = root / name
        if not place.exists():
            raise VesselError.of(
                "VES-110", f"{name} is missing from the collection", "Restore the checkout."
            )
        files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
        entries += [
            [str(file.relative_to(root)), hashlib.sha256(file.read_bytes()).hexdigest()]
            for file in files
            if not IGNORED & set(file.relative_to(root).parts) and file.suffix != ".pyc"
        ]
    return digest(entries)


def host_tool_digest(program: str) -> str:
    """SHA-256 of a host program that shapes a stage (mmdebstrap is a script of its own)."""
    found = shutil.which(program)
    if found is None:
        raise VesselError.of(
            "VES-101", f"{program} is not installed", "Run `make setup`, which installs it."
        )
    return sha256_file(Path(found))


def ansible_versions() -> dict[str, str]:
    """What applies the roles: Ansible, and the engine that renders their templates."""
    return {name: version(name) for name in ("ansible-core", "jinja2")}
