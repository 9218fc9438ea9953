"""Data moves one way: a room imports only rooms before it in the flow, and `_common`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARY = "ansible_collections.vessel.image.plugins.module_utils"
# `_flow` runs the steps in order, so it comes after them; `_codes` is read by documents only.
ORDER = [
    "_common",
    "_kinds",
    "_spec",
    "_importer",
    "_lock",
    "_plan",
    "_store",
    "_packer",
    "_oci",
    "_tree",
    "_disk",
    "_stages",
    "_export",
    "_vessels",
    "_report",
    "_machine",
    "_workloads",
    "_proof",
    "_flow",
    "_codes",
]


def imported(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that a file of `package` imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if node.level else []
            base = parts[: len(parts) - node.level + 1]
            if node.module:
                base = [*base, node.module]
            yield from ((node.lineno, ".".join([*base, alias.name])) for alias in node.names)


def bad_imports(library: Path) -> list[str]:
    """Each import that goes against the flow, as `file:line: words`."""
    found = []
    for path in sorted(library.rglob("*.py")):
        relative = path.relative_to(library)
        package = ".".join([LIBRARY, *relative.parts[:-1]])
        room = relative.parts[0] if len(relative.parts) > 1 else ""
        if room and room not in ORDER:
            found.append(f"{relative}:1: {room} has no place in the flow")
            continue
        for line, name in imported(path.read_text(), package):
            if name.startswith("ansible.module_utils.basic"):
                found.append(f"{relative}:{line}: the library never sees AnsibleModule")
            if not name.startswith(f"{LIBRARY}."):
                continue
            other = name.removeprefix(f"{LIBRARY}.").split(".")[0]
            allowed = ORDER[: ORDER.index(room) + 1] if room else []
            if other not in allowed:
                found.append(f"{relative}:{line}: {room or 'the top'} imports {other}")
    return found


def test_the_library(root: Path) -> None:
    library = root / "plugins/module_utils"
    rooms = {path.name for path in library.iterdir() if path.is_dir()} - {"__pycache__"}
    assert {"_common", "_spec"} <= rooms
    assert bad_imports(library) == []


@pytest.mark.parametrize(
    ("file", "source", "bad"),
    [
        ("_spec/a.py", "from .._common.run import run", False),
        ("_spec/a.py", "from .model import Spec", False),
        ("_spec/a.py", "from . import model", False),
        ("_disk/a.py", "from .._tree.tools import Tools", False),
        ("_disk/fs/a.py", "from ..gpt import x", False),
        ("_disk/fs/a.py", "from ..._spec.model import Spec", False),
        ("_flow/a.py", "from .._proof import x", False),
        ("_flow/a.py", "from .._codes import x", True),
        ("_spec/a.py", "import json, ansible.errors", False),
        ("_spec/a.py", "from .._lock.x import y", True),
        ("_spec/a.py", "from .. import _common, _lock", True),
        ("_common/a.py", "from .._spec import model", True),
        ("_disk/fs/a.py", "from ..._export import x", True),
        ("_spec/a.py", f"import {LIBRARY}._proof.x as x", True),
        ("_spec/a.py", f"from {LIBRARY} import _tree", True),
        ("_spec/a.py", f"from {LIBRARY}._tree.tools import Tools", True),
        ("_spec/a.py", "def late():\n    from .._lock import x", True),
        ("_spec/a.py", "from ansible.module_utils.basic import AnsibleModule", True),
        ("_attic/a.py", "", True),
        ("a.py", "from ._spec import model", True),
    ],
)
def test_a_planted_import(tmp_path: Path, file: str, source: str, bad: bool) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    assert bool(bad_imports(tmp_path)) is bad
