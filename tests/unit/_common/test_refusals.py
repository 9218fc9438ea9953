"""What the host refuses has a code and the path, also where Python names none."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.files import write_text
from ansible_collections.vessel.image.plugins.module_utils._common.refusals import (
    naming,
    refusals_told,
    where,
)
from ansible_collections.vessel.image.plugins.module_utils._common.scratch import remove


def failing(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EIO, r"^VES-116: {path}: Input/output error"),
        (errno.ENOSPC, r"^VES-108: no space: {path} cannot be written, \d+ MB are free there"),
        (errno.EDQUOT, r"^VES-108: no space: {path} cannot be written"),
    ],
)
def test_a_write_that_fails_names_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fail(_number: int) -> None:
        raise failing(number)

    monkeypatch.setattr(os, "fsync", fail)
    file = tmp_path / "a" / "file"
    with pytest.raises(VesselError, match=said.format(path=file)), refusals_told():
        write_text(file, "text")


def test_what_cannot_be_opened_is_named_by_the_system(tmp_path: Path) -> None:
    path, other = tmp_path / "nothing", tmp_path / "other"
    with (
        pytest.raises(VesselError, match=f"^VES-116: {path}: No such file or directory"),
        refusals_told(),
        naming(other),
    ):
        path.read_bytes()
    with (
        pytest.raises(VesselError, match=f"^VES-116: {other}: No such file or directory"),
        refusals_told(),
    ):
        other.with_name("nothing").rename(other)


def test_what_is_read_and_what_is_written_are_as_likely(tmp_path: Path) -> None:
    def copy(file: Path, number: int) -> None:
        del file
        raise failing(number)

    file, place = tmp_path / "file", tmp_path / "result"
    both = f"^VES-116: {file}, or something in {place}: Input/output error"
    with pytest.raises(VesselError, match=both), refusals_told(), naming(place):
        copy(file, errno.EIO)
    written = f"^VES-108: no space: {place} cannot be written"
    with pytest.raises(VesselError, match=written), refusals_told(), naming(place):
        copy(file, errno.ENOSPC)


def test_a_file_is_more_than_the_place_of_a_stage(tmp_path: Path) -> None:
    def read(file: Path) -> None:
        with file.open("rb"):
            raise failing(errno.EIO)

    (tmp_path / "file").touch()
    with (
        pytest.raises(VesselError, match=f"^VES-116: {tmp_path}/file: Input/output error"),
        refusals_told(),
        naming(tmp_path),
    ):
        read(tmp_path / "file")


def test_a_stage_whose_code_names_nothing_is_named_by_its_place(tmp_path: Path) -> None:
    with (
        pytest.raises(VesselError, match=f"^VES-116: {tmp_path}: Input/output error"),
        refusals_told(),
        naming(tmp_path),
    ):
        raise failing(errno.EIO)


def test_what_is_removed_file_by_file_is_named_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python names such a file by its last part."""
    (tmp_path / "tree/usr/share").mkdir(parents=True)

    def fail(path: str, **_options: object) -> None:
        raise OSError(errno.EIO, "Input/output error", path)

    monkeypatch.setattr(os, "rmdir", fail)
    with pytest.raises(VesselError, match=f"VES-116: {tmp_path}/tree: "), refusals_told():
        remove(tmp_path / "tree")


def test_one_without_any_file_says_so() -> None:
    assert where(failing(errno.EIO)) == "a file that it does not name"
    assert where(BrokenPipeError("gone")) == "a file that it does not name"


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="a bug"), refusals_told():
        raise ValueError("a bug")
    with pytest.raises(VesselError, match="VES-101: told"), refusals_told():
        raise VesselError.of("VES-101", "told", "Mend it.")
