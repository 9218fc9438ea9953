"""A full disk is told before the work where the need is known, and by its name in any case."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.space import free, space


def test_what_cannot_fit_is_not_begun(tmp_path: Path) -> None:
    begun = False
    needs = pytest.raises(
        VesselError, match=r"VES-108: no space: the image needs .* MB, has \d+ MB"
    )
    with needs, space(tmp_path / "not" / "there", 1 << 60, "the image"):
        begun = True
    assert not begun


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_or_quota_that_runs_full_is_told(tmp_path: Path, number: int) -> None:
    with pytest.raises(VesselError, match="VES-108"), space(tmp_path, 0, "the image"):
        raise OSError(number, os.strerror(number))
    with pytest.raises(VesselError, match="VES-108"), space(tmp_path, 0, "the image"):
        raise VesselError.of("VES-102", "cp failed", f"cp: {os.strerror(number)}")


def test_another_error_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), space(tmp_path, 0, "the image"):
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(VesselError, match="VES-102"), space(tmp_path, 0, "the image"):
        raise VesselError.of("VES-102", "cp failed", "cp: no")


def test_free_space_is_that_of_users(tmp_path: Path) -> None:
    status = os.statvfs(tmp_path)
    assert free(tmp_path / "a/b") <= status.f_blocks * status.f_frsize
    assert free(tmp_path / "a/b") > 0
