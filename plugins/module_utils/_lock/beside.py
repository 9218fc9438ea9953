"""What lies beside a spec, by content: the lock names it, so another content is another lock."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import sha256_file

LEFT_OUT = {"__pycache__", ".git", ".DS_Store"}


def digests(directory: Path, sources: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Each source's files, sorted: `path` below the source (empty when it is a file itself),
    `sha256`, `size` in bytes and `executable`. Raises VES-311 for what is no plain file, VES-306
    for what cannot be read."""
    try:
        return {
            source: [_entry(*found) for found in _files(directory / source)] for source in sources
        }
    except OSError as error:
        raise VesselError.of(
            "VES-306",
            f"{error.filename} cannot be read: {error.strerror}",
            "A spec is locked by the content of all that it names: let the build read it.",
        ) from error


def _files(source: Path) -> Iterator[tuple[Path, str]]:
    if not source.is_dir():
        yield source, ""
        return
    for folder, folders, files in os.walk(source, onerror=_raise):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*files, *links]):
            if name not in LEFT_OUT and not name.endswith(".pyc"):
                path = Path(folder, name)
                yield path, path.relative_to(source).as_posix()


def _raise(error: OSError) -> None:
    """os.walk leaves out what it cannot list, unless it is told."""
    raise error


def _entry(path: Path, name: str) -> dict[str, Any]:
    if (path.is_symlink() and name) or not path.is_file():
        raise VesselError.of(
            "VES-311",
            f"{path} is neither a file nor a directory",
            "Replace a link by what it leads to; links in a machine are made by a role.",
        )
    status = path.stat()
    return {
        "path": name,
        "sha256": sha256_file(path),
        "size": status.st_size,
        "executable": bool(status.st_mode & 0o100),
    }
