"""A released program is what the lock names, under the name that the node calls it by."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow.making import make, the_store
from ansible_collections.vessel.image.plugins.module_utils._stages.release import release
from ansible_collections.vessel.image.plugins.module_utils._store.release import ELF
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

NAME = "containerd-shim-wasmer-v1"


def fetched(place: Path, content: bytes) -> dict[str, object]:
    """The lock's part for a file that is in the store already."""
    (place / "released").write_bytes(content)
    sha256 = the_store().add_file(place / "released")
    return {"url": "https://releases.example/x", "sha256": sha256, "size": len(content)}


def test_the_program_is_kept_under_its_name(root: Path, cache: Path, tmp_path: Path) -> None:
    stage = release(root, NAME, fetched(tmp_path, ELF + b" the program"))
    make(root, stage)
    (file,) = kept.place(stage.id).iterdir()
    assert (file.name, file.read_bytes()) == (NAME, ELF + b" the program")
    assert stage.name == NAME


def test_what_holds_no_program_is_not_kept(root: Path, cache: Path, tmp_path: Path) -> None:
    stage = release(root, NAME, fetched(tmp_path, b"<html>not found</html>"))
    with pytest.raises(VesselError, match="VES-412"):
        make(root, stage)
    assert not kept.is_kept(stage.id)
    assert not kept.place(stage.id).exists()


def test_another_file_is_another_stage(root: Path) -> None:
    part = {"url": "https://releases.example/x", "sha256": "1" * 64, "size": 1}
    first, other = release(root, NAME, part), release(root, NAME, {**part, "sha256": "2" * 64})
    assert first.id != other.id
    moved = release(root, NAME, {**part, "url": "https://mirror.example/x"})
    assert moved.id == first.id
