"""What a spec brings, looked for in a tree: where it can go, and whether it is there in the end.

The spec's other writers are compared before anything is built (`_spec/writers.py`). Here the tree
says itself where its links lead, and what nobody knew of is found out: a package's trigger, a role
of the user's, a file of another name that wins.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from .._common.errors import Problem, VesselError
from .._common.files import sha256_file
from .._spec.paths import MOUNTS
from .inside import Inside

LINKS_FOLLOWED = 40  # as the kernel does, see path_resolution(7)
_HINT = "Give it another path in the spec."


def check_places(tree: Path, wanted: Mapping[str, Any]) -> None:
    """Raise VES-545 for each path of `wanted` (see `customize.contents`) that cannot be laid down
    in `tree`: a directory is there, or something on the way is none or leads into a file system of
    the running machine."""
    files = [*(file["path"] for file in wanted["files"]), *wanted["links"]]
    directories = [*wanted["directories"], *wanted["made"]]
    found = [
        *(_misplaced(tree, path, directory=False) for path in files),
        *(_misplaced(tree, path, directory=True) for path in directories),
    ]
    if problems := [Problem("VES-545", what, _HINT) for what in found if what]:
        raise VesselError(*problems)


def check_contents(tree: Path, wanted: Mapping[str, Any]) -> None:
    """Raise VES-544 for everything of `wanted` that `tree` does not hold as the spec brings it."""
    hint = "Look for what changes it: a role of yours, or a program that a package runs."
    problems = [
        Problem("VES-544", f"{path}, which `customize` lays down, {what}", hint)
        for path, what in _differences(tree, wanted)
    ]
    if problems:
        raise VesselError(*problems)


def resolved(tree: Path, path: str, *, last: bool = False) -> str:
    """The absolute `path` without links on the way, as a process in `tree` would find it; with
    `last` the last name is followed, too."""
    inside = Inside(tree)
    waiting = list(PurePosixPath(path).parts[1:])
    done: list[str] = []
    followed = 0
    while waiting:
        name = waiting.pop(0)
        if name == "..":
            done = done[:-1]
            continue
        leads_to = inside.link("/".join([*done, name])) if waiting or last else None
        if leads_to and followed < LINKS_FOLLOWED:
            target = PurePosixPath(leads_to)
            done = [] if target.is_absolute() else done
            waiting[:0] = target.parts[1:] if target.is_absolute() else target.parts
            followed += 1
        else:
            done.append(name)
    return "/" + "/".join(done)


def _misplaced(tree: Path, path: str, *, directory: bool) -> str:
    """What is wrong with the place, empty when nothing is."""
    real = resolved(tree, path)
    for name, _, _ in MOUNTS:
        if f"{real}/".startswith(f"/{name}/"):
            return f"`customize` lays down {path}, which is {real}: every start makes /{name} anew"
    inside = Inside(tree)
    for parent in PurePosixPath(real).parents:
        if inside.status(str(parent)) and not inside.is_directory(str(parent), follow=True):
            return f"`customize` lays down {path}, but {parent} is a file of a package"
    if directory:
        real = resolved(tree, path, last=True)
    if inside.status(real) and inside.is_directory(real) is not directory:
        kind = "a file" if directory else "a directory"
        return f"`customize` lays down {path}, but a package has {kind} there"
    return ""


def _differences(tree: Path, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    inside = Inside(tree)
    for file in wanted["files"]:
        yield from _each(file["path"], _file(inside, file))
    for path, target in wanted["links"].items():
        yield from _each(path, "" if inside.link(path) == target else f"is no link to {target}")
    for path in (*wanted["directories"], *wanted["made"]):
        found, mode = inside.status(path, follow=True), wanted["directories"].get(path)
        if found is None or not stat.S_ISDIR(found.st_mode):
            yield path, "is no directory"
        elif mode and _mode(found) != int(mode, 8):
            yield path, f"has the mode {_mode(found):04o}, not {mode}"


def _each(path: str, what: str) -> Iterator[tuple[str, str]]:
    if what:
        yield path, what


def _file(inside: Inside, file: Mapping[str, str]) -> str:
    found = inside.status(file["path"])
    if found is None:
        return "is gone"
    if not stat.S_ISREG(found.st_mode):
        return "is no file any more"
    if "src" in file:
        expected = sha256_file(Path(file["src"]))
    else:
        expected = hashlib.sha256(file["content"].encode()).hexdigest()
    with inside.reading(file["path"]) as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != expected:
            return "has another content"
    if _mode(found) != int(file["mode"], 8):
        return f"has the mode {_mode(found):04o}, not {file['mode']}"
    return ""


def _mode(found: os.stat_result) -> int:
    return stat.S_IMODE(found.st_mode)
