"""Saying in words what Cerberus found: what is wrong, where, and the way out.

- VES-206 unknown key, VES-207 missing key, VES-208 known but not available in this version,
- VES-209 wrong kind of value, VES-210 wrong value, VES-211 named twice.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import reduce
from operator import getitem
from typing import Any

from .._common.errors import Problem
from .._common.version import Version
from .kept import errors
from .loader import MOST, Document, Place, shown
from .rules import MALFORMED, PLANNED, VERSION
from .schema import Path, dotted, fields, rules_at, schema_of, vessel_of
from .sections import SECTIONS

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "list": "a list",
    "dict": "a section with keys of its own",
}
_KNOWN = [path for path, _ in fields()]


def explained(document: Document, error: Any) -> list[Problem]:
    """The problems that one `cerberus.errors.ValidationError` (not a group) stands for."""
    return _Explainer(document, error).problems()


def seen(value: Any, place: Place) -> str:
    """What YAML made of a value, beside how it was written: 1.30 became 1.3, no became false."""
    if isinstance(value, dict):
        return "a section with keys"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    written = shown(place.text)
    if isinstance(value, bool):
        meant = str(value).lower()
        return meant if written.lower() == meant else f"{written}, which YAML reads as {meant}"
    number = f"the number {shown(value)}"
    return number if str(value) == written else f"{written}, which YAML reads as {number}"


class _Explainer:
    """One finding of Cerberus in words."""

    def __init__(self, document: Document, error: Any) -> None:
        self._error = error
        self._path: Path = error.document_path
        self._content = document.content
        self._places = document.places
        is_entry = isinstance(self._path[-1], int)
        self._name = f"`{shown(dotted(self._path[:-1] if is_entry else self._path))}`"
        self._entry = f"an entry of {self._name}" if is_entry else self._name
        known = error.code != errors.UNKNOWN_FIELD.code
        self._rules = rules_at(self._path) if known else {}
        self._is_key = "keysrules" in error.schema_path
        if self._is_key:
            self._name = f"a key of `{dotted(self._path[:-1])}`"
            self._rules = rules_at(self._path[:-1])["keysrules"]
        self._meta = self._rules.get("meta", {})

    def problems(self) -> list[Problem]:
        tellers = {
            errors.UNKNOWN_FIELD.code: self._unknown,
            errors.REQUIRED_FIELD.code: self._missing,
            errors.NOT_NULLABLE.code: self._empty,
            errors.BAD_TYPE.code: self._wrong_kind,
            errors.UNALLOWED_VALUE.code: self._wrong_choice,
            errors.REGEX_MISMATCH.code: self._wrong_form,
            errors.MIN_LENGTH.code: self._nothing_chosen,
            errors.EXCLUDES_FIELD.code: self._excluded,
            errors.CUSTOM.code: self._own_check,
        }
        return tellers[self._error.code]()

    def _place(self) -> Place:
        return self._places[self._path]

    def _unknown(self) -> list[Problem]:
        parent, key = self._path[:-1], str(self._path[-1])
        vessel = vessel_of(self._content)
        siblings = list(rules_at(parent)["schema"] if parent else schema_of(vessel))
        if not parent and key in SECTIONS:
            what = f"{self._name} is not a section of the vessel {vessel}"
            hint = f"Take it out. The keys of that vessel are: {', '.join(siblings)}."
            return [Problem("VES-206", what, hint, self._place().key)]
        keys = f"The keys here are: {', '.join(siblings)}."
        dotted = tuple(key.split("."))
        if near := _misspelt(key, siblings):
            hint = f"Did you mean `{near}`?"
        elif sections := [_section(path[:-1]) for path in _KNOWN if path[-1] == key]:
            hint = f"`{key}` belongs {' or '.join(sections)}."
            hint += f" {keys}" if parent else ""
        elif dotted in _KNOWN:
            hint = f"A key has no dots: write `{dotted[-1]}` {_section(dotted[:-1])}."
        else:
            hint = keys
        name = self._name if key else "an empty word"
        return [Problem("VES-206", f"{name} is not a key of a spec", hint, self._place().key)]

    def _missing(self) -> list[Problem]:
        parent, key = self._path[:-1], self._path[-1]
        siblings = list(rules_at(parent)["schema"])
        given = reduce(getitem, parent, self._content)
        unknown = [word for word in given if word not in siblings]
        if any(_misspelt(word, siblings) == key for word in unknown[:MOST]):
            return []  # it is there, misspelt, and that is told
        line = f"{key}: {self._meta['example']}"
        if self._rules.get("type") == "dict":
            inner = next(
                f"{key}: {rules['meta']['example']}"
                for key, rules in self._rules["schema"].items()
                if rules.get("required")
            )
            line = f"{key}: {{{inner}}}"
        hint = f"Add it, such as `{line}`."
        return [Problem("VES-207", f"{self._name} is missing", hint, self._places[parent].key)]

    def _empty(self) -> list[Problem]:
        hint = f"Write a value, such as {self._meta.get('example')}"
        if self._rules.get("type") == "dict":
            keys = ", ".join(self._rules.get("schema", ()))
            hint = f"Write its keys below it, indented: {keys}" if keys else "Write {}"
        hint += "." if self._rules.get("required") else "; or remove it."
        place = self._place()
        written = f"; YAML reads {place.text} as nothing" if place.text else ""
        return [Problem("VES-209", f"{self._entry} has no value{written}", hint, place.key)]

    def _wrong_kind(self) -> list[Problem]:
        place = self._place()
        kind = self._rules["type"]
        kinds = " or ".join(_KINDS[each] for each in ([kind] if isinstance(kind, str) else kind))
        what = f"{self._entry} must be {kinds}, but is {seen(self._error.value, place)}"
        return [Problem("VES-209", what, self._kind_hint(kind, place), place.value)]

    def _kind_hint(self, kind: str, place: Place) -> str:
        scalar = not isinstance(self._error.value, dict | list)
        example = self._meta.get("example")
        if "regex" in self._rules and self._rules["regex"] == VERSION:
            return f"Write all three numbers in quotes, such as {example}."
        if kind == "string" and scalar and "allowed" not in self._rules:
            return f'Write it in quotes: "{shown(place.text)}".'
        if kind == "dict":
            keys = list(self._rules.get("schema", ()))
            return f"Its keys, indented below it, are: {', '.join(keys or [example])}."
        if kind == "list":
            text = self._error.value
            entries = shown(text.strip("[] ")) if isinstance(text, str) else ""
            return f"Write it in brackets, such as {f'[{entries}]' if entries else example}."
        if kind in ("boolean", "integer"):
            return f"Write {'true or false' if kind == 'boolean' else example}, without quotes."
        choices = self._choices()
        return (
            f"Choose from: {', '.join(choices)}."
            if choices
            else f"Write one value, such as {example}."
        )

    def _wrong_choice(self) -> list[Problem]:
        place, value = self._place(), self._error.value
        planned = self._meta.get("planned", [])
        choices = self._choices()
        hint = f"Choose from: {', '.join(choices)}."
        near = _nearest(str(value), [*choices, *planned])
        if value in planned or (near in planned and str(value).lower() == near):
            what = f"{self._name}: {value} is not available in this version of Vessel"
            return [Problem("VES-208", what, hint, place.value)]
        if near:
            later = ", which is not available in this version of Vessel" if near in planned else ""
            hint = f"Did you mean {near}{later}? {hint}"
        what = f"{self._entry} cannot be {shown(value)}"
        return [Problem("VES-210", what, hint, place.value)]

    def _wrong_form(self) -> list[Problem]:
        place, value = self._place(), str(self._error.value)
        example = self._meta["example"]
        if self._rules["regex"] == VERSION:
            what = f"{self._name} is {shown(value)}, which is not a version of three numbers"
            bare = Version.of(value).bare
            right = bare if re.match(VERSION, bare) else ""
            hint = f'Write "{right}".' if right else f"Write all three numbers, such as {example}."
        else:
            what = f"{self._name} is {shown(value)}, which is not a DNS label"
            right = re.sub(r"[^a-z0-9]+", "-", value.lower())[:63].strip("-")
            hint = "It becomes part of file names: use 1 to 63 lower-case letters, digits and inner"
            hint += f" hyphens, such as {right or example}."
        return [Problem("VES-210", what, hint, place.value)]

    def _nothing_chosen(self) -> list[Problem]:
        choices = ", ".join(self._choices())
        named = f" of: {choices}" if choices else f", such as {self._meta['example']}"
        hint = f"Name at least one{named}."
        return [Problem("VES-210", f"{self._name} is an empty list", hint, self._place().value)]

    def _excluded(self) -> list[Problem]:
        other = self._rules["excludes"]
        what = f"{self._name} and `{other}` exclude each other"
        return [Problem("VES-212", what, "Keep one of them.", self._place().key)]

    def _own_check(self) -> list[Problem]:
        reason = self._error.info[0]
        if reason == PLANNED:
            what = f"{self._name} is not available in this version of Vessel"
            return [Problem("VES-208", what, "Remove it.", self._place().key)]
        if reason == MALFORMED:
            return self._malformed()
        first: dict[str, int] = {}
        values = [str(value) for value in self._error.value]
        return [
            Problem(
                "VES-211",
                f"{self._name} names {shown(value)} twice",
                "Keep one of them.",
                self._places[*self._path, index].value,
            )
            for index, value in enumerate(values)
            if first.setdefault(value, index) != index
        ][:MOST]

    def _malformed(self) -> list[Problem]:
        place = self._place()
        name = self._name if self._is_key else self._entry
        why = self._meta["why"](self._error.value) if "why" in self._meta else ""
        what = (
            f"{name} is {shown(self._error.value)}, which {why or 'is not ' + self._meta['form']}"
        )
        hint = f"Write it like {self._meta['example']}."
        return [Problem("VES-210", what, hint, place.key if self._is_key else place.value)]

    def _choices(self) -> list[str]:
        rules = self._rules["schema"] if self._rules.get("type") == "list" else self._rules
        return [str(value) for value in rules.get("allowed", ())]


def _section(path: Path) -> str:
    return f"under `{'.'.join(map(str, path))}`" if path else "at the top, not indented"


def _misspelt(word: str, siblings: Iterable[str]) -> str:
    """The key that is meant; empty when nothing is near, or it is right in another place."""
    elsewhere = any(word == path[-1] for path in _KNOWN) or tuple(word.split(".")) in _KNOWN
    return "" if elsewhere else _nearest(word, siblings)


def _nearest(word: str, known: Iterable[str]) -> str:
    lowered = word.lower().replace("-", "_")
    names = {name.lower().replace("-", "_"): name for name in known}
    return next((names[m] for m in difflib.get_close_matches(lowered, names, n=1)), "")
