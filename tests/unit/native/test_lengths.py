"""No file of Rust or Go is longer than 400 lines, and no function than 50."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FILE, FUNCTION = 400, 50
BEGIN = {
    ".rs": re.compile(
        r'(\s*)(?:pub(?:\(.+?\))? )?(?:(?:async|const|unsafe|extern(?: ".*?")?) )*fn '
    ),
    ".go": re.compile(r"()func "),
}


def too_long(file: Path) -> list[str]:
    """As `file:line: words`. rustfmt and gofmt end a function in the column in which it begins."""
    lines = file.read_text(encoding="utf-8").splitlines()
    found = [f"{file}:{FILE}: the file has {len(lines)} lines"] if len(lines) > FILE else []
    for start, line in enumerate(lines):
        begin = BEGIN[file.suffix].match(line)
        if begin is None or line.endswith(("}", ";")):
            continue
        length = lines[start:].index(begin[1] + "}") + 1
        if length > FUNCTION:
            found.append(f"{file}:{start + 1}: the function has {length} lines")
    return found


def test_the_sources(root: Path) -> None:
    native = root / "native"
    files = [file for suffix in BEGIN for file in native.rglob(f"*{suffix}")]
    own = [file for file in files if "target" not in file.relative_to(native).parts]
    assert {file.suffix for file in own} == set(BEGIN)
    assert [fault for file in own for fault in too_long(file)] == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.rs", "\n" * 400, []),
        ("a.rs", "\n" * 401, ["400: the file has 401 lines"]),
        ("a.rs", "fn f() {\n" + "\n" * 48 + "}\n", []),
        ("a.rs", "fn f() {\n" + "\n" * 49 + "}\n", ["1: the function has 51 lines"]),
        (
            "a.rs",
            "impl A {\n    pub(crate) async unsafe fn f(\n        x: X,\n    ) {\n"
            + "        {\n        }\n" * 24
            + "    }\n}\n",
            ["2: the function has 52 lines"],
        ),
        ("a.rs", "fn f() {}\n\nfn g();\n\nstruct S {\n" + "    a: A,\n" * 50 + "}\n", []),
        ("a.go", "func f() {\n" + "\n" * 48 + "}\n", []),
        ("a.go", "func (s *store) f() {\n" + "\n" * 49 + "}\n", ["1: the function has 51 lines"]),
    ],
)
def test_a_planted_length(tmp_path: Path, name: str, text: str, said: list[str]) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert too_long(file) == [f"{file}:{words}" for words in said]
