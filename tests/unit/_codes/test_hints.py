"""Every error says what to do: in Python by its hint, in a playbook by a second sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

HINT = 2  # the place among the arguments of both: code, what, hint, position
ITEM = re.compile(r"{{ item\.(\w+) }}")
TWO_SENTENCES = re.compile(r"VES-\d{3}: [^\n]*?[.\n]\s+\S")
PLACES = ("roles/*/tasks", "playbooks", "molecule")


def is_empty(hint: ast.expr | None) -> bool:
    """Nothing, an empty text, or a choice that may come to one. What else is computed counts."""
    match hint:
        case None | ast.Constant(value="" | None):
            return True
        case ast.IfExp():
            return is_empty(hint.body) or is_empty(hint.orelse)
        case ast.BoolOp():
            return is_empty(hint.values[-1])
    return False


def without_a_hint(source: str) -> list[int]:
    """The lines at which a problem without a hint is made."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if not re.fullmatch(r"(\w+\.)*(VesselError\.of|Problem)", ast.unparse(node.func)):
            continue
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            continue  # mypy counts them
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        given = node.args[HINT] if len(node.args) > HINT else named.get("hint")
        if is_empty(given):
            found.append(node.lineno)
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text below a value of YAML. What a task says of its loop's items is said of each."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, Mapping):
        items = value.get("loop")
        for text in texts(list(value.values())):
            if ITEM.search(text) and isinstance(items, list):
                for item in items:
                    yield ITEM.sub(lambda match, item=item: str(item[match[1]]), text)
            else:
                yield text


def silent(text: str) -> list[str]:
    """The codes of a YAML file's messages that say what is wrong, and no more."""
    return [
        said
        for said in texts(yaml.safe_load(text))
        if "VES-" in said and not TWO_SENTENCES.search(said)
    ]


def test_every_error_of_the_code_has_a_hint(root: Path) -> None:
    files = {path: path.read_text() for path in (root / "plugins").rglob("*.py")}
    assert sum(text.count("VesselError.of(") for text in files.values()) > 80
    found = {str(path.relative_to(root)): without_a_hint(text) for path, text in files.items()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_every_error_of_a_playbook_has_a_hint(root: Path) -> None:
    files = [path for place in PLACES for path in root.glob(f"{place}/**/*.yml")]
    files.append(root / "build-image.yml")
    found = {str(path.relative_to(root)): silent(path.read_text()) for path in files}
    assert {path: said for path, said in found.items() if said} == {}


@pytest.mark.parametrize(
    ("source", "bad"),
    [
        ('raise VesselError.of("VES-999", "it broke")', True),
        ('raise VesselError.of("VES-999", "it broke", "")', True),
        ('raise VesselError.of("VES-999", "it broke", hint="", position=place)', True),
        ('raise VesselError.of("VES-999", "it broke", position=place)', True),
        ('raise errors.VesselError.of("VES-999", "it broke", "wait" if late else "")', True),
        ('yield Problem("VES-999", "it broke", hint or "")', True),
        ('yield Problem("VES-999", what)', True),
        ('yield Problem("VES-999", what, hint, place)', False),
        ('raise VesselError.of("VES-999", "it broke", hint or "Mend it.")', False),
        ('raise VesselError.of("VES-999", "it broke", hint=f"Mend {it}.")', False),
        ('raise VesselError.of("VES-999", *reason, position=place)', False),
    ],
)
def test_a_planted_error(source: str, bad: bool) -> None:
    assert bool(without_a_hint(f"def planted():\n    {source}")) is bad


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("fail: {msg: 'VES-999: it broke'}", True),
        ("fail: {msg: 'VES-999: it broke.'}", True),
        ("fail: {msg: 'VES-999: it broke. Mend it.'}", False),
        ('fail: {msg: "VES-999: it broke\\n  Mend it."}', False),
        ("{msg: 'VES-999: {{ item.why }}', loop: [{why: It broke.}]}", True),
        ("{msg: 'VES-999: {{ item.why }}', loop: [{why: It broke. Mend it.}]}", False),
        ("name: it broke", False),
    ],
)
def test_a_planted_message(text: str, bad: bool) -> None:
    assert bool(silent(text)) is bad
