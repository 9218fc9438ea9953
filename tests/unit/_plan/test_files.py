"""A directory's files as options of a stage: another file is another id, never another result."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._plan.files import (
    check_files,
    copy_files,
    file_digests,
)

NAMES = (".git/HEAD", ".hidden", "a.go", "a_test.go", "cmd/.x/b.go", "cmd/b.go")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    place = tmp_path / "native"
    for name in NAMES:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)
    return place


def wanted(name: str) -> bool:
    return not name.endswith("_test.go")


def test_digests_of_all_that_is_wanted_and_not_hidden(directory: Path) -> None:
    names = ["a.go", "cmd/b.go"]
    expected = {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
    assert file_digests(directory, wanted) == expected
    assert list(file_digests(directory)) == ["a.go", "a_test.go", "cmd/b.go"]


def test_a_copy_has_these_files_only(directory: Path, tmp_path: Path) -> None:
    copy_files(directory, file_digests(directory, wanted), tmp_path / "copy")
    found = {path for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert {str(path.relative_to(tmp_path / "copy")) for path in found} == {"a.go", "cmd/b.go"}
    assert (tmp_path / "copy/cmd/b.go").read_text() == "cmd/b.go"


def test_a_file_that_was_edited_meanwhile_is_refused(directory: Path, tmp_path: Path) -> None:
    digests = file_digests(directory, wanted)
    check_files(directory, digests)
    (directory / "a_test.go").write_text("is in no digest")
    check_files(directory, digests)
    (directory / "cmd/b.go").write_text("another")
    with pytest.raises(VesselError, match=r"VES-402: cmd/b\.go was edited while the build ran"):
        check_files(directory, digests)
    with pytest.raises(VesselError, match=r"VES-402: cmd/b\.go"):
        copy_files(directory, digests, tmp_path / "copy")


@pytest.mark.parametrize("act", ["check", "copy"])
def test_a_file_that_was_removed_meanwhile_is_refused(
    directory: Path, tmp_path: Path, act: str
) -> None:
    digests = file_digests(directory, wanted)
    (directory / "a.go").unlink()
    with pytest.raises(VesselError, match=r"VES-402: a\.go"):
        if act == "check":
            check_files(directory, digests)
        else:
            copy_files(directory, digests, tmp_path / "copy")
