from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common import files
from forced import forced


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError), files.atomic_file(path) as file:
        file.write(b"new")
        raise RuntimeError
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "old")]


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    files.write_text(tmp_path / "secret", "x", mode=0o600)
    files.write_text(tmp_path / "plain", "x")
    modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()}
    assert modes == {"secret": 0o600, "plain": 0o644}


def test_a_directory_takes_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    final = tmp_path / "tree"
    with files.atomic_directory(final) as scratch:
        (scratch / "one").write_text("1")
        assert not final.exists()
    with pytest.raises(RuntimeError), files.atomic_directory(final) as scratch:
        (scratch / "two").write_text("2")
        raise RuntimeError
    with files.atomic_directory(final) as scratch:
        (scratch / "three").write_text("3")
    assert [str(p.relative_to(tmp_path)) for p in sorted(tmp_path.rglob("*"))] == [
        "tree",
        "tree/three",
    ]


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert files.canonical_json({"b": [1, "ü"], "a": None}) == '{"a":null,"b":[1,"ü"]}'.encode()
    assert files.digest({"a": 1, "b": 2}) == files.digest({"b": 2, "a": 1})


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256_file(tmp_path / "a").startswith("ba7816bf8f01cfea")


def test_bytes_are_on_the_disk_before_their_name_and_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    files.write_text(path, "old")
    (scratch, before), (directory, after) = _write_new(path, monkeypatch)
    assert (scratch.parent, before) == (tmp_path, "old") and scratch != path
    assert (directory, after) == (tmp_path, "new")


def _write_new(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, object]]:
    found = forced(monkeypatch, path.read_text)
    files.write_text(path, "new")
    return found


def test_a_directorys_name_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    final = tmp_path / "tree"
    found = forced(monkeypatch, final.is_dir)
    with files.atomic_directory(final):
        pass
    assert found == [(tmp_path, True)]
