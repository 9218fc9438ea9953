"""The code that a stage runs, found by following imports, and digests of it.

Only what can shape a result counts. In Python that is the text without comments, docstrings and
blank lines; a file that says `SHAPES_NO_RESULT = True` (it tells people something, or waits) is
left out, and so is what only that one imports. Of roles and plays every byte counts; a play brings
its roles.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import digest

COLLECTION = "ansible_collections.vessel.image."
LIBRARY = "plugins/module_utils"
MARK = "SHAPES_NO_RESULT"
ROLE = re.compile(r"^ *- role: vessel\.image\.(\w+)$", re.MULTILINE)
# What tools leave beside sources; `target` is Cargo's.
IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", "target"}


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file: the digest of what in it can shape a result, empty where nothing can, and the
    dotted names below the collection that it imports."""

    sha256: str
    imports: tuple[str, ...]


def digests(root: Path, begin: Iterable[str]) -> dict[str, str]:
    """Path below `root` -> digest, of the code that begins in the files and directories `begin`:
    Python files with what they import, plays with their roles, and others as they are.

    Raises VES-110 for what is missing.
    """
    named = list(begin)
    python = [name for name in named if name.endswith(".py")]
    plays = [name for name in named if name.endswith(".yml")]
    others = [*named, *(role for play in plays for role in roles(root, play))]
    return {
        **dict(sorted(_followed(root, python).items())),
        **{name: source_digest(root, [name]) for name in others if name not in python},
    }


def roles(root: Path, play: str) -> list[str]:
    """The directories of the roles that a play of ours applies, in its order."""
    text = next(_files(root, play)).read_text(encoding="utf-8")
    return [f"roles/{name}" for name in ROLE.findall(text)]


def source_digest(root: Path, paths: Iterable[str]) -> str:
    """SHA-256 over names and contents of the files at or below `paths`, relative to `root`.

    Raises VES-110 when one of them is missing: the checkout is incomplete.
    """
    entries = [
        [str(file.relative_to(root)), hashlib.sha256(file.read_bytes()).hexdigest()]
        for name in sorted(set(paths))
        for file in _files(root, name)
    ]
    return digest(entries)


def _files(root: Path, name: str) -> Iterator[Path]:
    place = root / name
    if not place.exists():
        raise VesselError.of(
            "VES-110", f"{name} is missing from the collection", "Restore the checkout."
        )
    if place.is_file():
        yield place
        return
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(set(folders) - IGNORED)
        yield from (Path(folder, file) for file in sorted(files) if not file.endswith(".pyc"))


def _followed(root: Path, begin: Iterable[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    waiting, seen = list(begin), set(begin)
    while waiting:
        name = waiting.pop()
        read = _source(root, name)
        if not read.sha256:
            continue
        found[name] = read.sha256
        for dotted in read.imports:
            for file in _candidates(root, dotted):
                if file not in seen:
                    seen.add(file)
                    waiting.append(file)
    return found


def _source(root: Path, name: str) -> Source:
    path = next(iter(_files(root, name)))
    status = path.stat()
    return _read(path, name, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1024)
def _candidates(root: Path, dotted: str) -> tuple[str, ...]:
    """The file that a dotted name below the collection means: a module, or its package."""
    name = dotted.replace(".", "/")
    return tuple(file for file in (f"{name}.py", f"{name}/__init__.py") if (root / file).is_file())


@lru_cache(maxsize=1024)
def _read(path: Path, name: str, _changed: int, _size: int) -> Source:
    data = path.read_bytes()
    tree = ast.parse(data)
    if _is_marked(tree):
        return Source("", ())
    text = _essence(data.decode(), tree)
    return Source(hashlib.sha256(text.encode()).hexdigest(), tuple(sorted(_imports(tree, name))))


def _is_marked(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == MARK for target in node.targets)
        for node in tree.body
    )


def _imports(tree: ast.Module, name: str) -> set[str]:
    """Dotted names below the collection; those of `from a import b` are `a` and `a.b`."""
    parts = name.removesuffix(".py").split("/")
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {a.name.removeprefix(COLLECTION) for a in node.names
                      if a.name.startswith(COLLECTION)}  # fmt: skip
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                above = parts[: len(parts) - node.level]
                base = ".".join([*above, *([node.module] if node.module else [])])
            elif (node.module or "").startswith(COLLECTION):
                base = (node.module or "").removeprefix(COLLECTION)
            else:
                continue
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def _essence(text: str, tree: ast.Module) -> str:
    """`text` without comments, docstrings and blank lines; the same in every version of Python."""
    lines = text.splitlines()
    for comment in tokenize.generate_tokens(io.StringIO(text).readline):
        if comment.type == tokenize.COMMENT:
            row, column = comment.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if ast.get_docstring(node, clean=False) is not None and first is not None:
                for row in range(first.lineno, (first.end_lineno or first.lineno) + 1):
                    lines[row - 1] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())
