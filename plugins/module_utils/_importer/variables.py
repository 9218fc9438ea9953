"""Reading image-builder's files of variables: Packer's JSON, and YAML as the vSphere flavour's
templates may be rendered.

Values are texts, as Packer takes them: `true` and `20480` are what they were written as, and null
is no text. Of several files the last one wins. What a value is worth is nobody's here: no message
quotes one, since it may be a password.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import Position, Problem, VesselError
from .._spec.loader import Form, parse

MOST_BYTES = 1 << 20
_YAML = Form("file of variables", MOST_BYTES, 4, 20_000, "Name a file of image-builder's.")
# Packer has no such form; Jinja's comments and statements are what the vSphere flavour uses.
_JINJA = re.compile(r"\{[#%].*?[#%]\}", re.DOTALL)
_RENDER = (
    "Render it first: `packer-variables.json`, which the vSphere flavour writes before it starts"
    " Packer, has all of them."
)


@dataclass(frozen=True, slots=True)
class Variable:
    """A key, its value as text (empty for none), and where the value stands."""

    key: str
    text: str
    where: Position


def read(paths: Sequence[Path]) -> dict[str, Variable]:
    """The variables of all files; of one that several have, the last one's.

    Raises a `VesselError` with every problem of every file: VES-870 (it cannot be read), VES-871
    (no JSON), VES-872 (a template), VES-873 (a value that is no text), VES-205 (a key twice), and
    for YAML what the reader of specs raises.
    """
    found: dict[str, Variable] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            for variable in _read(path, problems):
                found[variable.key] = variable
        except VesselError as error:
            problems += error.problems
    if problems:
        raise VesselError(*problems)
    return found


def _read(path: Path, problems: list[Problem]) -> Iterator[Variable]:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        text = data.decode("utf-8").removeprefix("\ufeff")
    except (OSError, ValueError) as error:
        why = (error.strerror or "") if isinstance(error, OSError) else "it is not UTF-8"
        what = f"the file of variables {path} cannot be read: {why}"
        raise VesselError.of("VES-870", what, "Name a file of image-builder's.") from error
    if not data:
        what = f"the file of variables {path} is empty, or larger than {MOST_BYTES} bytes"
        raise VesselError.of("VES-870", what, "Name a file of image-builder's.")
    if template := _JINJA.search(text):
        what = "this is a template of Jinja, not yet rendered"
        raise VesselError.of("VES-872", what, _RENDER, _position(path, text, template.start()))
    is_json = path.suffix == ".json" or text.lstrip().startswith("{")
    entries = _json(path, text) if is_json else _yaml(path, data, problems)
    first: dict[str, Position] = {}
    for key, value, where in entries:
        if key in first:
            what = f"the key `{key}` was given before, in line {first[key].line}"
            problems.append(Problem("VES-205", what, "Keep one of them.", where))
            continue
        first[key] = where
        written = _text(value)
        if written is None:
            what = f"`{key}` is not a text; Packer's variables are texts"
            hint = "Write it as one text, with blanks or commas between its parts."
            problems.append(Problem("VES-873", what, hint, where))
        else:
            yield Variable(key, written, where)


def _text(value: Any) -> str | None:
    """The value as Packer would hand it on; None for what it does not take. A list of words is
    what people expect to work."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        text = str(value)
        return text if text.isascii() or text.encode(errors="ignore").decode() == text else None
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return " ".join(str(item) for item in value)
    return None


def _json(path: Path, text: str) -> Iterator[tuple[str, Any, Position]]:
    """The entries of an object. `json` alone tells where it stopped, and not where a value is."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        what = f"this is not JSON: {error.msg}"
        hint = "Look for a missing comma, quote or brace, here or before; JSON has no comments."
        raise VesselError.of("VES-871", what, hint, _position(path, text, error.pos)) from error
    except RecursionError as error:
        what = "values are nested too deep"
        hint = "No file of variables is so deep: check the brackets."
        raise VesselError.of("VES-871", what, hint, Position(str(path), 1, 1)) from error
    if isinstance(whole, dict) and isinstance(whole.get("builders"), list):
        what = "this is Packer's template itself, and no file of its variables"
        hint = "Name the files that `PACKER_VAR_FILES` names, and those of `packer/config`."
        raise VesselError.of("VES-871", what, hint, Position(str(path), 1, 1))
    if not isinstance(whole, dict):
        what = "a file of variables is an object of keys and texts, and this is none"
        hint = 'Write it as {"key": "value"}.'
        raise VesselError.of("VES-871", what, hint, Position(str(path), 1, 1))
    decoder = json.JSONDecoder()
    at = _past(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _past(text, _past(text, at) + 1)  # the colon
        begin = at
        value, at = decoder.raw_decode(text, at)
        yield key, value, _position(path, text, begin)
        at = _past(text, at)
        if text[at] == ",":
            at = _past(text, at + 1)


def _past(text: str, at: int) -> int:
    """The first place from `at` on that is no white space, as JSON has it."""
    while text[at] in " \t\r\n":
        at += 1
    return at


def _yaml(path: Path, data: bytes, problems: list[Problem]) -> Iterator[tuple[str, Any, Position]]:
    document = parse(data, str(path), _YAML)
    problems += document.problems
    if not isinstance(document.content, Mapping):
        what = "a file of variables is a section of keys and texts, and this is none"
        hint = "Write it as `key: value`, or as JSON."
        raise VesselError.of("VES-873", what, hint, document.places[()].value)
    for key, value in document.content.items():
        place = document.places[key,]
        plain = isinstance(value, bool | int | float)  # 1.30 is a version, not the number 1.3
        yield key, place.text if plain else value, place.value


def _position(path: Path, text: str, at: int) -> Position:
    before = text[:at]
    line = before.count("\n") + 1
    return Position(str(path), line, at - (before.rfind("\n") + 1) + 1)
