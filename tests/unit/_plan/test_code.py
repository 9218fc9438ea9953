"""A stage's id covers all the code that it runs, so that a kept result is never a stale one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import CODE, COMMON, LIBRARY

NAME = "ansible_collections.vessel.image."
# Where the work of a stage begins. `_flow` ties stages together and imports all of them, so of it
# only what shapes bytes is named: how a stage is called, and what it is told.
FILLING = ["../connection/tree.py", "../action/contents.py", "../modules/contents.py",
           "_tree/kept.py"]  # fmt: skip
BEGINS = {
    "tools": ["_tree/tools.py"],
    "packages": ["_tree/packages.py"],
    "node": FILLING,
    "seal": FILLING,
    "preload": ["_tree/preload.py", "_tree/images.py"],
    "disk": ["_disk/disk.py", "_tree/kept.py"],
    "export": ["_export/export.py"],
}


def imported(path: Path, root: Path) -> set[Path]:
    """The files of the collection that `path` imports."""
    parts = path.relative_to(root).with_suffix("").parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                base = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
            elif node.module and node.module.startswith(NAME):
                base = node.module.removeprefix(NAME).split(".")
            else:
                continue
            for names in (base, *([*base, alias.name] for alias in node.names)):
                file = root.joinpath(*filter(None, names)).with_suffix(".py")
                if file.is_file():
                    found.add(file)
    return found


def closure(begin: Path, root: Path) -> set[Path]:
    found, waiting = {begin}, [begin]
    while waiting:
        new = imported(waiting.pop(), root) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("stage", CODE)
def test_the_code_of_a_stage_is_whole(root: Path, stage: str) -> None:
    named = [root / path for path in (COMMON, *CODE[stage])]
    begins = [(root / LIBRARY / path).resolve() for path in BEGINS[stage]]
    run = set().union(*(closure(path, root.resolve()) for path in begins))
    assert len(run) > 3
    lacking = [p for p in run if not any(p == place or place in p.parents for place in named)]
    assert sorted(str(path.relative_to(root)) for path in lacking) == []


def test_every_role_belongs_to_a_stage(root: Path) -> None:
    roles = {f"roles/{path.name}" for path in (root / "roles").iterdir()}
    for name in ("node", "seal"):
        played = yaml.safe_load((root / f"playbooks/{name}.yml").read_text())[0]["roles"]
        names = {f"roles/{role['role'].removeprefix('vessel.image.')}" for role in played}
        assert names == {path for path in CODE[name] if path.startswith("roles/")}
        roles -= names
    assert roles == set()
