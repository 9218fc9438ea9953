"""The rooms' small shared pieces: errors, places, progress."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    Position,
    Problem,
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._common.progress import report


def test_problems_read_like_a_compilers() -> None:
    problem = Problem("VES-999", "it is wrong", "mend it", Position("a.yml", 3, 5))
    assert str(problem) == "a.yml:3:5: VES-999: it is wrong\n    mend it"
    both = VesselError(problem, Problem("VES-998", "also", "do"))
    assert str(both).endswith("mend it\nVES-998: also\n    do")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"VESSEL_CACHE": "/a/b"}, "/a/b"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/vessel"),
        ({"HOME": "/home/u"}, "/home/u/.cache/vessel"),
    ],
)
def test_the_cache_is_where_users_expect_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in ("VESSEL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cache_root() == Path(expected)


def test_reports_are_lines_for_the_watcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VESSEL_PROGRESS", str(tmp_path / "lines"))
    report("one\nline")
    report("two")
    assert (tmp_path / "lines").read_text() == "one line\ntwo\n"


def test_without_a_watcher_a_report_is_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VESSEL_PROGRESS", str(tmp_path / "gone/lines"))
    report("lost")
    assert list(tmp_path.iterdir()) == []
