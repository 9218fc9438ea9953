"""Laying the spec and its files down: the old or the new, never half; and nothing of the user's is
replaced unasked."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from .._common.errors import Problem, VesselError
from .._common.files import atomic_directory, copy, write_bytes
from .._spec.beside import walk

Source = bytes | Path
_ANSWER = "Look at them; `force: true` replaces them. Or write to another name."


def changed(directory: Path, sources: Mapping[str, Source]) -> list[str]:
    """The paths below `directory` that do not hold what `sources` has for them."""
    return [name for name, source in sources.items() if not _is(directory / name, source)]


def check_free(directory: Path, names: list[str]) -> None:
    """Raise VES-877, with each, for those that are there and would be replaced."""
    there = [name for name in names if os.path.lexists(directory / name)]
    if there:
        raise VesselError(
            *(
                Problem("VES-877", f"{directory / name} is there, and is another one", _ANSWER)
                for name in there
            )
        )


def lay(directory: Path, sources: Mapping[str, Source]) -> None:
    """Write each source to its path below `directory`; a directory takes the place of another one
    as a whole."""
    for name, source in sources.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path) and source.is_dir():
            if path.is_symlink() or path.is_file():
                path.unlink()
            with atomic_directory(path) as fresh:
                _copied(source, fresh)
        else:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            data = source.read_bytes() if isinstance(source, Path) else source
            write_bytes(path, data)


def _is(path: Path, source: Source) -> bool:
    if path.is_symlink() or not path.exists():
        return False
    if isinstance(source, bytes):
        return path.is_file() and path.read_bytes() == source
    if source.is_dir():
        return path.is_dir() and _listed(path) == _listed(source)
    return path.is_file() and path.read_bytes() == source.read_bytes()


def _listed(directory: Path) -> dict[str, object]:
    """What a role is made of: by path the text of a link, or the mode and the bytes of a file. What
    is neither, nor a directory, raises VES-878."""
    found: dict[str, object] = {}
    for path, name in walk(directory, role=True):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            found[name] = ("link", str(path.readlink()))
        elif stat.S_ISREG(status.st_mode):
            found[name] = (bool(status.st_mode & 0o111), path.read_bytes())
        elif stat.S_ISDIR(status.st_mode):
            found[name] = ""
        else:
            what = f"{path} is no file, directory or link"
            raise VesselError.of("VES-878", what, "Take it out of the role.")
    return found


def _copied(source: Path, target: Path) -> None:
    """Copy a role, but what Python and git leave beside it."""
    _listed(source)  # before anything is copied
    for path, name in walk(source, role=True):
        if not name:
            continue
        place = target / name
        if path.is_symlink():
            place.symlink_to(path.readlink())
        elif path.is_dir():
            place.mkdir()
        else:
            copy(path, place)
            place.chmod(0o755 if path.stat().st_mode & 0o111 else 0o644)
