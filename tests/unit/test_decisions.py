"""Each decision can be found, dated, and checked again: a title, a date, what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

TITLE = re.compile(r"## (\d+)\. \S.*")
BASIS = re.compile(r"\*(\d{4}-\d\d-\d\d)\. Rests on (.+)\.\*", re.DOTALL)
FILE = re.compile(r"`((?:tests|benchmarks|molecule|native)/[^\s`]*)")


def faults(page: str, root: Path) -> Iterator[str]:
    """What is wrong with a page of decisions, which are of the repository at `root`."""
    last = date.min
    for number, section in enumerate(re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:], 1):
        title, rest = section.split("\n", 1)
        match = TITLE.fullmatch(title)
        if not match or int(match[1]) != number:
            yield f"{title}: its number should be {number}"
        basis = BASIS.fullmatch(rest.partition("\n\n")[0])
        if not basis:
            yield f"{title}: the next line should be `*YYYY-MM-DD. Rests on ….*`"
            continue
        if (made := date.fromisoformat(basis[1])) < last:
            yield f"{title}: it is older than the one before"
        last = made
        yield from (
            f"{title}: there is no {name}"
            for name in FILE.findall(basis[2])
            if not (root / name).exists()
        )


def test_the_decisions(root: Path) -> None:
    page = (root / "docs/decisions.md").read_text()
    assert page.count("\n## ") > 40
    assert list(faults(page, root)) == []


GOOD = """# Decisions

## 1. A: b
*2026-11-23. Rests on `tests/a.py`
and `tests/b.py c`.*

It is.
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("## 1.", "## 2."),
        ("## 1. A", "## A"),
        ("2026-11-23", "23 November"),
        ("Rests on", "By"),
        ("*2026-11-23. Rests on `tests/a.py`\nand `tests/b.py c`.*\n\n", "\n"),
        ("tests/a.py", "tests/gone.py"),
        ("It is.\n", "It is.\n\n## 2. C: d\n*2026-11-22. Rests on one run.*\n"),
    ],
)
def test_a_planted_fault(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "tests").mkdir()
    for name in ("a.py", "b.py"):
        (tmp_path / "tests" / name).touch()
    assert list(faults(GOOD, tmp_path)) == []
    assert old in GOOD
    assert list(faults(GOOD.replace(old, new), tmp_path)) != []
