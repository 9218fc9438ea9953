"""Reading a YAML file so that every value knows where it stands.

Only what a spec or a lock needs is read: mappings, sequences and plain values. Tags and several
documents are refused, anchors and aliases in all but a lock, and size and depth are limited before
a tree is made, so a hostile file costs neither memory nor stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from .._common.errors import Position, Problem, VesselError
from .._common.redact import DOTS, REDACTED, redacted
from . import syntax
from .schema import Path

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MOST = 100  # problems of a file or section, or entries of a list, that are told

# YAML 1.1 gives plain values many more types (dates, base 60 …); in a spec those are just text.
_STANDARD = "tag:yaml.org,2002:"
_NULL = f"{_STANDARD}null"
_TYPED = {_NULL, *(f"{_STANDARD}{kind}" for kind in ("bool", "int", "float"))}
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-9.]+)+")
# What YAML forbids; line ends that editors do not show as such, so that a comment could hide a key;
# and what turns the direction of the text around.
_CONTROL = re.compile(
    rf"{yaml.reader.Reader.NON_PRINTABLE.pattern}|[\x85\u2028-\u202e\u2066-\u2069]"
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, where its key stands, and the value as it was written."""

    value: Position
    key: Position
    text: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What kind of file is read, as messages call it, its limits (bytes, levels of nesting, and
    values), and what to do when there is nothing in it. `aliases` are read or refused. A `large`
    one is read by libyaml where that is there, ten times as fast."""

    noun: str
    most_bytes: int
    most_deep: int
    most_values: int
    start: str
    aliases: bool = False
    large: bool = False


SPEC = Form("spec", MAX_BYTES, MAX_DEPTH, MAX_BYTES, "Start from specs/wasm-node.yml.")


@dataclass(frozen=True, slots=True)
class Document:
    """A file's plain content, the place of each value, and problems that did not stop reading."""

    content: Any
    places: dict[Path, Place]
    problems: list[Problem] = field(default_factory=list)


def parse(data: bytes, file: str, form: Form = SPEC) -> Document:
    """Read YAML `data`; `file` is its name in positions.

    Raises VES-202 (bytes that are not plain UTF-8 text), VES-203 (not YAML) and VES-204 (a part of
    YAML that such a file does not use). A repeated key is reported in `problems` (VES-205).
    """
    text = _decode(data, file, form)
    try:
        node = _composed(text, file, form)
    except yaml.MarkedYAMLError as error:
        what, hint, mark = syntax.explained(error, text, form.noun)
        place = _position(mark, file) if mark else Position(file, 1, 1)
        raise VesselError.of("VES-203", what, hint, place) from error
    if node is None or node.tag == _NULL:
        what = f"the file holds no {form.noun}"
        raise VesselError.of("VES-204", what, form.start, Position(file, 1, 1))
    document = Document(None, {}, [])
    start = Position(file, 1, 1)
    content = _Reader(file, document, form).read(node, (), start)
    return Document(content, document.places, document.problems)


def shown(value: Any) -> str:
    """A value as a message quotes it: on one line, nothing invisible, no secret, and not at any
    length."""
    # It may be a password that should not have been there: a log is no place for it either.
    text = redacted(str(value)).replace(REDACTED, DOTS)
    text = text if text.isprintable() and text == text.strip() else repr(text)
    cut = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return cut or '""'


def _composed(text: str, file: str, form: Form) -> yaml.Node | None:
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader) if form.large else yaml.SafeLoader
    try:
        return _composed_by(fast, text, file, form)
    except yaml.MarkedYAMLError:
        if fast is not yaml.SafeLoader:
            _composed_by(yaml.SafeLoader, text, file, form)  # whose words syntax.py knows
        raise


def _composed_by(loader: Any, text: str, file: str, form: Form) -> yaml.Node | None:
    _refuse_the_exotic(text, file, form, loader)
    return yaml.compose(text, Loader=loader)


def _decode(data: bytes, file: str, form: Form) -> str:
    if len(data) > form.most_bytes:
        raise VesselError.of(
            "VES-202",
            f"the file is larger than {form.most_bytes} bytes, which no {form.noun} is",
            "Check that this is the file you meant.",
            Position(file, 1, 1),
        )
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        raise VesselError.of(
            "VES-202",
            "the file is UTF-16 or UTF-32, not UTF-8"
            if data.startswith(_UTF_16)
            else f"the byte 0x{data[error.start]:02x} is not UTF-8",
            "Save the file as UTF-8.",
            _position_after(good, file),
        ) from error
    if (tab := text.find("\t")) >= 0:
        raise VesselError.of(
            "VES-202",
            "the file holds a tab; YAML does not indent by tabs",
            "Replace each tab by spaces.",
            _position_after(text[:tab], file),
        )
    if odd := _CONTROL.search(text):
        full = " A file full of it is UTF-16: save it as UTF-8." if odd.group() == "\0" else ""
        raise VesselError.of(
            "VES-202",
            f"the file holds the control character U+{ord(odd.group()):04X}",
            f"Remove it.{full}",
            _position_after(text[: odd.start()], file),
        )
    return text


def _position_after(text: str, file: str) -> Position:
    lines = re.split(r"\r\n|[\r\n]", text)
    return Position(file, len(lines), len(lines[-1]) + 1)


def _position(mark: Any, file: str) -> Position:  # the C and Python parsers each have a Mark
    return Position(file, mark.line + 1, mark.column + 1)


def _refuse_the_exotic(text: str, file: str, form: Form, loader: Any) -> None:
    """Walk the flat event stream, which needs no stack, before any tree is made."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if reason := _exotic(event, depth, documents, form):
            mark = event.start_mark
            place = _position(mark, file) if mark else Position(file, 1, 1)
            raise VesselError.of("VES-204", *reason, position=place)


def _exotic(event: yaml.Event, depth: int, documents: int, form: Form) -> tuple[str, str] | None:
    """What is wrong with a part of YAML that such a file does not use, and what to do; None if it
    is used."""
    noun = form.noun
    if documents > 1:
        return (
            "a second document starts here",
            f"Keep one {noun} a file, with at most one line --- before it.",
        )
    if depth > form.most_deep:
        return _too_deep(form)
    if isinstance(event, yaml.NodeEvent) and event.anchor is not None and not form.aliases:
        hint = "Write the value out; quote it if it is text that starts with & or *."
        return f"anchors (&) and aliases (*) are not read in a {noun}", hint
    if (tag := getattr(event, "tag", None)) is not None:
        hint = "Remove it; quote the value if it is text that starts with !."
        return f"the tag {shown(tag.replace(_STANDARD, '!!'))} is not read in a {noun}", hint
    return None


def _too_deep(form: Form) -> tuple[str, str]:
    what = f"values are nested more than {form.most_deep} deep"
    return what, f"No {form.noun} is so deep: check the brackets."


def _no_key(key: yaml.Node, noun: str) -> tuple[str, str] | None:
    """Why a key is none, and what to do; None for a plain word."""
    if isinstance(key, yaml.MappingNode):  # what YAML makes of {{ name }}
        return f"templates ({{{{ … }}}}) are not read in a {noun}", "Write the value itself."
    if not isinstance(key, yaml.ScalarNode):
        return "a key must be a plain word", "Write it as `word: …`."
    if key.tag == f"{_STANDARD}merge":
        return f"merge keys (<<) are not read in a {noun}", "Write the keys and values out."
    return None


class _Reader:
    """Turns composed nodes into plain values and notes where each stood."""

    def __init__(self, file: str, document: Document, form: Form) -> None:
        self._file = file
        self._form = form
        self._left = form.most_values
        self._document = document
        self._constructor = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, path: Path, key: Position) -> Any:
        self._left -= 1
        if reason := self._endless(path):
            raise VesselError.of("VES-204", *reason, position=key)
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        self._document.places[path] = Place(_position(node.start_mark, self._file), key, text)
        if isinstance(node, yaml.MappingNode):
            return {
                name: self.read(child, (*path, name), place)
                for name, child, place in self._entries(node)
            }
        if isinstance(node, yaml.SequenceNode):
            return [
                self.read(child, (*path, index), _position(child.start_mark, self._file))
                for index, child in enumerate(node.value)
            ]
        return self._scalar(node)

    def _endless(self, path: Path) -> tuple[str, str] | None:
        """Why reading must stop: few bytes say much where an alias names what holds others."""
        if self._left < 0:
            what = f"the file holds more than {self._form.most_values} values"
            return what, f"No {self._form.noun} has so many: check its aliases."
        return _too_deep(self._form) if len(path) > self._form.most_deep else None

    def _entries(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, Position]]:
        first: dict[str, int] = {}  # the line of each key
        for key, child in node.value:
            place = _position(key.start_mark, self._file)
            if reason := _no_key(key, self._form.noun):
                self._note("VES-204", *reason, place)
                continue
            if line := first.get(key.value):
                what = f"the key `{shown(key.value)}` was given before, in line {line}"
                self._note("VES-205", what, "Keep one of them.", place)
                continue
            first[key.value] = place.line
            yield key.value, child, place

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag not in _TYPED or _BASE_60.fullmatch(node.value):
            return node.value
        try:
            value = self._constructor.construct_object(node)
            str(value)  # of hexadecimal digits, Python reads more than it writes
        except (ValueError, OverflowError):  # "0x_" and the like match a type but have no value
            return node.value
        return value

    def _note(self, code: str, what: str, hint: str, place: Position) -> None:
        self._document.problems.append(Problem(code, what, hint, place))
