"""Digests of a directory's files, as options of a stage that is built of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import sha256_file

Digests = dict[str, str]  # relative path -> SHA-256


def file_digests(directory: Path, wanted: Callable[[str], bool] = lambda _: True) -> Digests:
    """Of every file below `directory` whose relative path is `wanted`, hidden ones left out."""
    files = (path.relative_to(directory) for path in directory.rglob("*") if path.is_file())
    return {
        path.as_posix(): sha256_file(directory / path)
        for path in sorted(files)
        if not any(part.startswith(".") for part in path.parts) and wanted(path.as_posix())
    }


def copy_files(directory: Path, digests: Digests, place: Path) -> None:
    """Copy these files of `directory` into `place`. Raises VES-402 for one that has changed or is
    gone."""
    for name in digests:
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the check below tells it
            target.write_bytes((directory / name).read_bytes())
    check_files(place, digests)


def check_files(directory: Path, digests: Digests) -> None:
    """Raise VES-402 when a file of `directory` is gone, or another than the stage's id says."""
    for name, expected in digests.items():
        path = directory / name
        if not path.is_file() or sha256_file(path) != expected:
            raise VesselError.of(
                "VES-402",
                f"{name} was edited while the build ran",
                "Build again: the new file is another stage.",
            )
