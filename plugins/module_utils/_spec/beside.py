"""What a spec names beside itself: files, keys, roles, certificates, image archives."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._common.errors import Problem
from .._common.files import sha256_file
from .customize import is_beside
from .loader import Document
from .schema import Path as Steps
from .schema import dotted

LEFT_OUT = {"__pycache__", ".git", ".DS_Store"}
# Where a source may stand; 0 is any item of a list.
FILES: Steps = ("customize", "files", 0, "source")
ROLES: tuple[Steps, ...] = (("customize", "roles", "before", 0), ("customize", "roles", "after", 0))
CERTIFICATES: Steps = ("customize", "certificates", 0)
VENDOR: Steps = ("release", "vendor", "file")
PLACES: tuple[Steps, ...] = (
    ("customize", "repositories", 0, "key"),
    FILES,
    *ROLES,
    CERTIFICATES,
    ("customize", "images", 0, "archive"),
    VENDOR,
)


CERTIFICATE = "Name certificates of authorities, in PEM or DER form, and nothing else."


def sources(content: Mapping[str, Any], places: tuple[Steps, ...] = PLACES) -> list[str]:
    """Every source that a spec's `content` names at `places`, sorted."""
    return sorted({value for place in places for _, value in _at(content, place)})


def role_sources(content: Mapping[str, Any]) -> set[str]:
    """Those that are roles."""
    return set(sources(content, ROLES))


def walk(source: Path, *, role: bool = False) -> Iterator[tuple[Path, str]]:
    """All that is in a source, in one order, with its path below the source, which is empty for the
    source itself. Links are not followed. Of a `role` alone, what Python and git leave beside it is
    left out. Raises OSError for a directory that cannot be read."""
    yield source, ""
    if not source.is_dir():
        return
    left_out = LEFT_OUT if role else set()
    for folder, folders, files in os.walk(source, onerror=_raise):
        folders[:] = sorted(set(folders) - left_out)
        for name in sorted([*folders, *files]):
            path = Path(folder, name)
            if name in left_out or (role and path.suffix == ".pyc"):
                continue
            yield path, path.relative_to(source).as_posix()


def _raise(error: OSError) -> None:
    """os.walk leaves out what it cannot list, unless it is told."""
    raise error


def problems_beside(document: Document, directory: Path) -> Iterator[Problem]:
    """Sources that are not there, lead out of `directory`, or are of the wrong kind (VES-213);
    certificates that programs would not trust alike (VES-220); and a bundle with another digest
    than the spec says (VES-890)."""
    content = document.content if isinstance(document.content, Mapping) else {}
    for place in PLACES:
        for path, value in _at(content, place):
            if not is_beside(value):
                continue  # told already
            if reason := _wrong(directory, value, place):
                what = f"`{dotted(path)}` is {value}, {reason[0]}"
                yield Problem("VES-213", what, reason[1], document.places[path].value)
            elif place == CERTIFICATES and (why := _unfit(directory / value)):
                what = f"`{dotted(path)}` is {value}, which {why}"
                yield Problem("VES-220", what, CERTIFICATE, document.places[path].value)
            elif place == VENDOR:
                yield from _other_digest(document, directory / value)


def _at(value: Any, place: Steps, path: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Every text at `place` below `value`, with its path."""
    if not place:
        if isinstance(value, str):
            yield path, value
    elif isinstance(place[0], int):
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _at(item, place[1:], (*path, index))
    elif isinstance(value, Mapping):
        yield from _at(value.get(place[0]), place[1:], (*path, place[0]))


def _wrong(directory: Path, value: str, place: Steps) -> tuple[str, str] | None:
    """What is wrong with a source, and what to do; None when it is right."""
    path = directory / value
    try:
        path.exists()
    except OSError as error:  # it is too long together with the directory
        return f"which cannot be looked at: {error.strerror}", "Give it a shorter name."
    if not path.exists():
        near = difflib.get_close_matches(path.name, _names(path.parent), n=1)
        hint = f"Did you mean {Path(value).parent / near[0]}?" if near else "Put it there."
        return f"and {directory} has none", hint
    if not path.resolve().is_relative_to(directory.resolve()):
        return "which leads out of the spec's directory", "Put a copy of it there."
    if place in ROLES:
        wanted = path / "tasks"
        if not wanted.is_dir():
            return "which is no role: it has no tasks", f"Add {value}/tasks/main.yml."
    elif place != FILES and not path.is_file():
        return "which is not a file", "Name a file."
    return None


def _unfit(path: Path) -> str:
    # Not at the top: few specs bring a certificate, and the library takes time to load.
    from .certificates import unfit  # noqa: PLC0415

    try:
        return unfit(path.read_bytes())
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _other_digest(document: Document, bundle: Path) -> Iterator[Problem]:
    """A bundle that is not what the spec says by its digest."""
    path = (*VENDOR[:-1], "sha256")
    said = document.places.get(path)
    try:
        found = sha256_file(bundle)
    except OSError as error:
        found = f"nothing: {error.strerror}"
    if said and re.fullmatch("[0-9a-f]{64}", said.text) and found != said.text:
        what = f"`{dotted(path)}` is not the digest of {bundle.name}, which has {found}"
        hint = "Get the bundle again, or take its digest if you trust it."
        yield Problem("VES-890", what, hint, said.value)


def _names(directory: Path) -> list[str]:
    try:
        return [path.name for path in directory.iterdir()]
    except OSError:
        return []
