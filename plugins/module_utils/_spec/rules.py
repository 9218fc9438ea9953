"""What the schema's rules are made of: kinds of fields, and checks that Cerberus calls."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

PLANNED = "planned"
REPEATED = "repeated"
MALFORMED = "malformed"

Check = Callable[[str, Any, Callable[[str, str], None]], None]

_NUMBER = "(0|[1-9][0-9]*)"
VERSION = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}\Z"


def planned(field: str, _value: object, error: Callable[[str, str], None]) -> None:
    """Refuse a field that a later version will read."""
    error(field, PLANNED)


def unique(field: str, value: list[object] | None, error: Callable[[str, str], None]) -> None:
    """Refuse a list that names something twice. Cerberus asks for a null too; `nullable` tells."""
    if value and len({str(item) for item in value}) < len(value):
        error(field, REPEATED)


def formed(is_well_formed: Callable[[str], bool]) -> Check:
    """Refuse a text that `is_well_formed` does not like; the field's `form` says what it wants."""

    def check(field: str, value: Any, error: Callable[[str, str], None]) -> None:
        if isinstance(value, str) and not is_well_formed(value):
            error(field, MALFORMED)

    return check


class Matches:
    """Whether the whole of a text is of a regular expression, which editors can be told."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __call__(self, value: str) -> bool:
        return re.fullmatch(self.pattern, value) is not None


def is_address(value: str) -> bool:
    """Whether `value` is an IPv4 or IPv6 address. Python takes anything for a zone after a `%`."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return re.fullmatch("[A-Za-z0-9.:%_-]+", value) is not None


def is_xml(value: str) -> bool:
    """Whether XML 1.0 can hold `value` as it is; a carriage return becomes a line feed there."""
    return re.search(r"[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", value) is None


def number(about: str, least: int, most: int, *, step: int = 1, **rules: Any) -> dict[str, Any]:
    """A whole number from `least` to `most`, a multiple of `step`."""

    def check(field: str, value: Any, error: Callable[[str, str], None]) -> None:
        if isinstance(value, int) and (not least <= value <= most or value % step):
            error(field, MALFORMED)

    multiple = f", a multiple of {step}" if step > 1 else ""
    meta = {
        "about": about,
        "form": f"a whole number from {least} to {most}{multiple}",
        "example": str(rules.get("default", least)),
        "limits": {"minimum": least, "maximum": most, "multipleOf": step},
    }
    return {"type": "integer", "check_with": check, "meta": meta, **rules}


def choice(about: str, available: list[Any], later: list[str], **rules: Any) -> dict[str, Any]:
    """One of `available`; `later` are values that are known but not built yet."""
    kind = "integer" if isinstance(available[0], int) else "string"
    return {
        "type": kind,
        "allowed": available,
        "meta": {"about": about, "planned": later, "example": str(available[0])},
        **rules,
    }


def choices(about: str, available: list[str], later: list[str], default: list[str]) -> Any:
    """A list of some of `available`, each once."""
    return {
        "type": "list",
        "minlength": 1,
        "check_with": unique,
        "schema": choice("", available, later),
        "default": default,
        "meta": {"about": about, "example": f"[{', '.join(default)}]"},
    }


def section(about: str, fields: dict[str, Any], **rules: Any) -> dict[str, Any]:
    """A mapping with keys of its own."""
    return {"type": "dict", "schema": fields, "meta": {"about": about, "example": ""}, **rules}


def version(about: str, example: str, **rules: Any) -> dict[str, Any]:
    """Three numbers, in quotes."""
    return {
        "type": "string",
        "regex": VERSION,
        "meta": {"about": about, "example": f'"{example}"'},
        **rules,
    }


def text(
    about: str,
    form: str,
    is_well_formed: Callable[[str], bool],
    example: str,
    *,
    why: Callable[[str], str] | None = None,
    **rules: Any,
) -> dict[str, Any]:
    """Text of one form; `form` completes "… which is not" in an error. Where a text can be wrong in
    several ways, `why` completes "… which" for the one that is."""
    meta: dict[str, Any] = {"about": about, "form": form, "example": example}
    if why:
        meta["why"] = why
    if isinstance(is_well_formed, Matches):
        meta["pattern"] = is_well_formed.pattern
    return {"type": "string", "check_with": formed(is_well_formed), "meta": meta, **rules}


def flag(about: str, *, default: bool) -> dict[str, Any]:
    """True or false."""
    meta = {"about": about, "example": str(default).lower()}
    return {"type": "boolean", "default": default, "meta": meta}


def several(
    about: str, item: dict[str, Any], example: str = "", *, repeat: bool = False, **rules: Any
) -> dict[str, Any]:
    """A list of `item`, by default empty; each once unless they may `repeat`."""
    given: dict[str, Any] = {} if "required" in rules else {"default": []}
    return {
        "type": "list",
        **({} if repeat else {"check_with": unique}),
        "schema": item,
        **given,
        "meta": {"about": about, "example": example or f"[{item['meta']['example']}]"},
        **rules,
    }


def by_name(about: str, key: dict[str, Any], value: dict[str, Any], example: str) -> dict[str, Any]:
    """A mapping whose keys are the user's own names, by default empty."""
    return {
        "type": "dict",
        "keysrules": key,
        "valuesrules": value,
        "default": {},
        "meta": {"about": about, "example": example},
    }
