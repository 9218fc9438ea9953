"""Markdown is read as text, too: no line is wider than an editor's window beside another."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

COLUMNS = 100
FENCE = re.compile(r"\s*(```|~~~)")
# What cannot be broken: the target of a link, and an address.
LINK = re.compile(r"\]\([^)\s]*\)|<?https?://\S+")
GENERATED = ":!CHANGELOG.md"  # by antsibull-changelog, which breaks no lines


def wide(text: str) -> Iterator[int]:
    """The numbers of lines that are too wide, outside of tables, code, and targets of links."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif fenced or line.startswith(("|", "    ")):
            continue
        elif len(LINK.sub("]", line)) > COLUMNS:
            yield number


def test_no_page_is_wide(root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("this is not a clone: there is no list of the project's files")
    words = ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"]
    words += ["--", "*.md", GENERATED]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    pages = sorted(name for name in set(listed.split("\0")) if name and (root / name).is_file())
    assert {"README.md", "docs/errors.md"} <= set(pages)
    found = {name: list(wide((root / name).read_text())) for name in pages}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a" * 100, []),
        (f"short\n{'a' * 101}", [2]),
        (f"| {'a' * 101} |", []),
        (f"    {'a' * 101}", []),
        (f"```sh\n{'a' * 101}\n```\n{'b' * 101}", [4]),
        (f"1. list\n   ```sh\n   {'a' * 101}\n   ```\n", []),
        (f"{'a' * 90} [page](docs/a_rather_long_name.md)", []),
        (f"{'a' * 100} [page](docs/a_rather_long_name.md)", [1]),
        (f"https://example.com/{'a' * 101}", []),
    ],
)
def test_a_planted_line(text: str, lines: list[int]) -> None:
    assert list(wide(text)) == lines
