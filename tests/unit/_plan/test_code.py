"""A stage's id covers all the code that it runs, found by following imports, and nothing else."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils import _stages as stages
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export import formats, papers
from ansible_collections.vessel.image.plugins.module_utils._plan.code import LIBRARY, digests
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Kind

KINDS = [
    kind
    for package in (stages, formats, papers)
    for module in pkgutil.iter_modules(package.__path__)
    for value in vars(import_module(f"{package.__name__}.{module.name}")).values()
    if isinstance(kind := getattr(value, "kind", value), Kind)
]
BEGIN = f"{LIBRARY}/_disk/disk.py"
PLAY = "- hosts: all\n  roles:\n    - role: vessel.image.a\n"


def write(root: Path, name: str, text: str) -> None:
    path = root / LIBRARY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A small library: `disk` imports `gpt`, which imports `files` and `progress`."""
    write(
        tmp_path, "_disk/disk.py", "from .gpt import table\n\n\ndef disk():\n    return table()\n"
    )
    write(
        tmp_path,
        "_disk/gpt.py",
        "from .._common import progress\nfrom .._common.files import write\n"
        'def table():\n    """Writes."""\n    return write()\n',
    )
    write(tmp_path, "_disk/esp.py", "SIZE = 1\n")
    write(tmp_path, "_common/files.py", "def write():\n    return 1  # one\n")
    write(tmp_path, "_common/progress.py", "from . import places\nSHAPES_NO_RESULT = True\n")
    write(tmp_path, "_common/places.py", "ROOT = 'here'\n")
    return tmp_path


def found(root: Path) -> dict[str, str]:
    return digests(root, [BEGIN])


def test_imports_are_followed(library: Path) -> None:
    names = ["_common/files.py", "_disk/disk.py", "_disk/gpt.py"]
    assert list(found(library)) == [f"{LIBRARY}/{name}" for name in names]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("_common/files.py", "# one", "# another wording"),
        ("_disk/gpt.py", '"""Writes."""', '"""Writes it\n\n    down.\n    """'),
        ("_disk/disk.py", "\n\n\ndef", "\n# more\n\n\n\ndef"),
        ("_common/progress.py", "True", "True\nWORDS = 'waiting for somebody else'"),
        ("_common/places.py", "here", "there"),
        ("_disk/esp.py", "1", "2"),
    ],
    ids=["comment", "docstring", "blank lines", "words for people", "what only those need",
         "not imported"],
)  # fmt: skip
def test_what_shapes_no_result_moves_no_digest(
    library: Path, name: str, old: str, new: str
) -> None:
    before, path = found(library), library / LIBRARY / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert found(library) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("_common/files.py", "return 1", "return 2"),
        ("_disk/gpt.py", "return write()", "return write() + 1"),
        ("_disk/disk.py", "return table()", "return 'a # that is text'"),
        ("_common/progress.py", "SHAPES_NO_RESULT = True", "HERE = 1"),
    ],
)
def test_other_code_moves_its_digest(library: Path, name: str, old: str, new: str) -> None:
    before, path = found(library), library / LIBRARY / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert found(library) != before


def test_missing_code_is_named(library: Path) -> None:
    with pytest.raises(VesselError, match=r"VES-110: roles/seal is missing"):
        digests(library, [BEGIN, "roles/seal"])


def test_a_play_brings_its_roles(root: Path) -> None:
    """Every role of the collection belongs to a play that a stage runs."""
    brought = set()
    for play in ("playbooks/node.yml", "playbooks/seal.yml"):
        played = yaml.safe_load((root / play).read_text())[0]["roles"]
        names = [f"roles/{role['role'].removeprefix('vessel.image.')}" for role in played]
        assert list(digests(root, [play])) == [play, *names]
        brought |= set(names)
    assert brought == {f"roles/{path.name}" for path in (root / "roles").iterdir()}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_stage_runs_code_of_ours(root: Path, kind: Kind) -> None:
    assert len(kind.code(root)) > 1


@pytest.mark.parametrize("name", ["roles/a/tasks/main.yml", "playbooks/p.yml"])
def test_of_roles_and_plays_every_byte_counts(tmp_path: Path, name: str) -> None:
    for path, text in (("roles/a/tasks/main.yml", "- one"), ("playbooks/p.yml", PLAY)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    before = digests(tmp_path, ["playbooks/p.yml"])
    assert set(before) == {"playbooks/p.yml", "roles/a"}
    text = (tmp_path / name).read_text()
    (tmp_path / name).write_text(text.replace("o", "0", 1))
    after = digests(tmp_path, ["playbooks/p.yml"])
    assert len((tmp_path / name).read_text()) == len(text)
    assert [key for key in before if before[key] != after[key]] == [
        name.removesuffix("/tasks/main.yml")
    ]
