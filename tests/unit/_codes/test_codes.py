"""Every code that is used is explained, and every code that is explained is used."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._codes import document

CODE = re.compile(r"VES-\d+")
# Of all that git has or would take; tests and pages may name codes that are used nowhere.
ELSEWHERE = [":!tests", ":!docs", ":!changelogs", ":!**/_codes/*"]
DIGITS = {
    **{"HOST": "1", "SPEC": "2", "LOCK": "3", "STORE": "4", "TREE": "5", "DISK": "6"},
    **{"EXPORT": "7", "PROOF": "8", "IMPORTER": "8", "RELEASE": "8"},
    **{"START": "9"},
}


def said(path: Path) -> Iterator[str]:
    """The texts of a file that may be printed: of Python the strings without docstrings."""
    data = path.read_bytes()
    if b"\0" in data[:8192]:
        return  # not text
    if path.suffix != ".py":
        yield data.decode()
        return
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = None  # its text is nobody's; walk() comes to it later
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def used(root: Path) -> set[str]:
    """The codes in what the project's files print."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard", "--", *ELSEWHERE],
        capture_output=True,
        text=True,
        check=True,
    )
    files = [root / name for name in set(listed.stdout.split("\0")) - {""}]
    texts = (text for path in files if path.is_file() for text in said(path))
    return {code for text in texts for code in CODE.findall(text)}


def test_the_registry_is_of_the_codes_in_use(root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("this is not a clone: there is no list of the project's files")
    codes = used(root)
    assert sorted(codes - set(document.CODES)) == [], "explain them in _codes/"
    assert sorted(set(document.CODES) - codes) == [], "nothing says them any more"


def test_docstrings_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('"""VES-901."""\ndef f(x):\n    """VES-902."""\n    return f"VES-903: {x}"\n')
    assert [code for text in said(path) for code in CODE.findall(text)] == ["VES-903"]


def test_each_code_has_one_place() -> None:
    names = {id(codes): name for name, codes in vars(document).items() if name in DIGITS}
    for codes in document.CHAPTERS.values():
        digit = DIGITS[names[id(codes)]]
        assert list(codes) == sorted(codes)
        assert all(re.fullmatch(rf"VES-{digit}\d\d", code) for code in codes)
    assert len(document.CODES) == sum(len(codes) for codes in document.CHAPTERS.values())


@pytest.mark.parametrize("code", document.CODES)
def test_the_texts_are_whole_sentences(code: str) -> None:
    text = document.CODES[code]
    assert text.title[-1] not in ".:"
    assert text.meaning.endswith(".") and text.remedy.endswith(".")


def test_the_page_is_current(root: Path) -> None:
    assert (root / "docs/errors.md").read_text() == document.document(), "run `make docs`"
