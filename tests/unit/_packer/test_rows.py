from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._packer.rows import (
    Row,
    headline,
    last_lines,
    parse,
    warnings,
)


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (
            "1700000000,,ui,say,==> null.tree: one%!(PACKER_COMMA) two\n",
            Row(1700000000, "", "ui", ("say", "==> null.tree: one, two")),
        ),
        (
            "1700000000,null.tree,artifact,0,end",
            Row(1700000000, "null.tree", "artifact", ("0", "end")),
        ),
        (
            r"1700000000,,ui,error,\n==> a\nb",
            Row(1700000000, "", "ui", ("error", "\n==> a\nb")),
        ),
        ("panic: no row, but, text\n", Row(0, "", "text", ("panic: no row, but, text",))),
        ("", Row(0, "", "text", ("",))),
    ],
)
def test_a_line_becomes_a_row(line: str, row: Row) -> None:
    assert parse(line) == row


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("==> null.tree: Building", "Building"),
        ("    null.tree:     indented stays", "    indented stays"),
        ("==> qemu.a-b: one\n==> qemu.a-b: two", "one\ntwo"),
        ("Build 'null.tree' finished", "Build 'null.tree' finished"),
    ],
)
def test_text_is_what_a_person_reads(shown: str, text: str) -> None:
    assert Row(1, "", "ui", ("say", shown)).text == text


@pytest.mark.parametrize(
    ("kind", "data", "line"),
    [
        ("ui", ("say", "==> null.tree: Creating disk"), "Creating disk"),
        ("ui", ("say", "==> null.tree: Running local shell script: /tmp/x"), ""),
        ("ui", ("say", "Warning: Undefined variable\n\nA ..."), ""),
        ("ui", ("message", "    null.tree: output of a step"), ""),
        ("ui", ("error", "==> null.tree: bad"), ""),
        ("artifact-count", ("1",), ""),
    ],
)
def test_headlines_are_what_packer_itself_says(kind: str, data: tuple[str, ...], line: str) -> None:
    assert headline(Row(1, "", kind, data)) == line


def test_the_last_lines_leave_out_chatter_and_warnings() -> None:
    rows = [
        Row(1, "", "ui", ("say", "Warning: Undefined variable\n\nwords")),
        Row(1, "", "ui", ("say", "==> null.tree: Running local shell script: /tmp/x")),
        Row(1, "", "ui", ("message", "    null.tree: one\n    null.tree: two")),
        Row(1, "null.tree", "error", ("not on the screen",)),
        Row(1, "", "ui", ("error", "==> null.tree: three")),
    ]
    assert last_lines(rows) == "one\ntwo\nthree"
    assert last_lines(rows, count=1) == "three"


def test_each_warning_is_given_once_in_one_line() -> None:
    row = Row(1, "", "ui", ("say", 'Warning: Undefined variable\n\nA "x" was\nset.\n'))
    assert warnings([row, row]) == ['Undefined variable A "x" was set.']
