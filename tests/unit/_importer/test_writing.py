"""The spec and its files: written whole, once, and over nothing unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._importer import writing


@pytest.fixture
def role(tmp_path: Path) -> Path:
    path = tmp_path / "role"
    (path / "tasks").mkdir(parents=True)
    (path / "tasks/main.yml").write_text("---\n")
    (path / "files").mkdir()
    (path / "files/run.sh").write_text("#!/bin/sh\n")
    (path / "files/run.sh").chmod(0o775)
    (path / "files/link").symlink_to("run.sh")
    (path / "__pycache__").mkdir()
    return path


def test_a_second_time_changes_nothing(tmp_path: Path, role: Path) -> None:
    place = tmp_path / "specs"
    sources: dict[str, writing.Source] = {
        "a.yml": b"a\n",
        "a/roles/r": role,
        "a/k": role / "tasks/main.yml",
    }
    assert writing.changed(place, sources) == ["a.yml", "a/roles/r", "a/k"]
    writing.check_free(place, list(sources))
    writing.lay(place, sources)
    assert writing.changed(place, sources) == []
    copied = place / "a/roles/r"
    assert (copied / "files/run.sh").stat().st_mode & 0o777 == 0o755
    assert (copied / "files/link").readlink() == Path("run.sh")
    assert not (copied / "__pycache__").exists()
    assert sorted(path.name for path in place.rglob(".*")) == []


@pytest.mark.parametrize("name", ["tasks/main.yml", "files/link", "tasks/more.yml", "files/run.sh"])
def test_whatever_differs_in_a_role_is_seen(tmp_path: Path, role: Path, name: str) -> None:
    place = tmp_path / "specs"
    writing.lay(place, {"r": role})
    changed = place / "r" / name
    if name == "files/run.sh":
        changed.chmod(0o644)
    else:
        changed.unlink(missing_ok=True)
        changed.write_text("another\n")
    assert writing.changed(place, {"r": role}) == ["r"]
    with pytest.raises(VesselError, match="VES-877"):
        writing.check_free(place, ["r"])
    writing.lay(place, {"r": role})
    assert writing.changed(place, {"r": role}) == []


def test_everything_in_the_way_is_told_at_once(tmp_path: Path, role: Path) -> None:
    (tmp_path / "a.yml").write_text("mine\n")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    sources: dict[str, writing.Source] = {
        "a.yml": b"a\n", "dangling": b"", "folder": b"b\n", "free": role,
    }  # fmt: skip
    with pytest.raises(VesselError) as caught:
        writing.check_free(tmp_path, writing.changed(tmp_path, sources))
    assert [problem.code for problem in caught.value.problems] == ["VES-877"] * 3
    writing.lay(tmp_path, sources)
    assert writing.changed(tmp_path, sources) == []
    assert not (tmp_path / "dangling").is_symlink()


def test_a_pipe_in_a_role(tmp_path: Path, role: Path) -> None:
    os.mkfifo(role / "pipe")
    with pytest.raises(VesselError, match="VES-878"):
        writing.lay(tmp_path / "specs", {"r": role})
    assert not (tmp_path / "specs/r").exists()
