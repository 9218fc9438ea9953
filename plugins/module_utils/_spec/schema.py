"""The one schema of a spec, as Cerberus reads it.

It drives validation, the explanation in errors and `docs/spec.md`. What Cerberus does not look at
lies under `meta`:

- `about`: one sentence for people;
- `example`: a right value as YAML text, for hints;
- `planned`: values that are known but not built yet; they are refused as "not available in this
  version" instead of as nonsense.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._kinds.architectures import ARCHITECTURES, BUILDER
from .._kinds.formats import DEFAULT as DEFAULT_FORMAT
from .._kinds.formats import FORMATS
from .._kinds.vessels import DEFAULT as DEFAULT_VESSEL
from .._kinds.vessels import MADE, VESSELS
from .customize import CUSTOMIZE
from .machine import MACHINE
from .rules import choice, choices, planned
from .sections import SECTIONS

Path = tuple[str | int, ...]

DNS_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z"  # RFC 1123, section 2.1


# Of every vessel; one spec has the sections of its own.
SCHEMA: dict[str, Any] = {
    "schema": choice("The version of this format.", [1], [], required=True),
    "name": {
        "type": "string",
        "regex": DNS_LABEL,
        "required": True,
        "meta": {
            "about": "Names the image and its output folder: a DNS label, that is 1 to 63 "
            "lower-case letters, digits and inner hyphens.",
            "example": "wasm-node",
        },
    },
    "vessel": choice(
        "The kind of machine.",
        [name for name in VESSELS if name in MADE],
        [name for name in VESSELS if name not in MADE],
        default=DEFAULT_VESSEL,
    ),
    "architectures": choices(
        "The processors to build for, in Debian's names.",
        [name for name, each in ARCHITECTURES.items() if each.available],
        [name for name, each in ARCHITECTURES.items() if not each.available],
        [BUILDER],
    ),
    **SECTIONS,
    "customize": CUSTOMIZE,
    "machine": MACHINE,
    "components": {
        "check_with": planned,
        "nullable": True,
        "meta": {"about": "Where a component comes from. Not available in this version."},
    },
    "outputs": choices("The disk formats to write.", FORMATS, [], [DEFAULT_FORMAT]),
}


def vessel_of(content: Mapping[str, Any]) -> object:
    """What a spec says of its vessel, which may be nonsense yet."""
    return content.get("vessel", DEFAULT_VESSEL)


def schema_of(vessel: object) -> dict[str, Any]:
    """The rules of a spec for `vessel`: without the sections that this one has not. What is no
    vessel is wrong by itself, and has them all."""
    kind = VESSELS.get(vessel) if isinstance(vessel, str) else None
    if kind is None or kind.name not in MADE:
        return SCHEMA
    foreign = SECTIONS.keys() - set(kind.sections)
    return {name: rules for name, rules in SCHEMA.items() if name not in foreign}


def rules_at(path: Path) -> Mapping[str, Any]:
    """The rules for the value at `path`; for the document itself, rules that hold `SCHEMA`."""
    rules: Mapping[str, Any] = {"schema": SCHEMA}
    for step in path:
        if "valuesrules" in rules:
            rules = rules["valuesrules"]
        elif isinstance(step, int):
            rules = rules["schema"]
        else:
            rules = rules["schema"][step]
    return rules


def fields(
    schema: Mapping[str, Any] = SCHEMA, parent: Path = ()
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every field with its path, a section before its fields, in the order people write them.

    The fields of a list's items have the index 0 in their path.
    """
    for name, rules in schema.items():
        path = (*parent, name)
        yield path, rules
        listed = rules.get("type") == "list"
        inner = rules["schema"] if listed else rules
        if inner.get("type") == "dict" and "schema" in inner:
            yield from fields(inner["schema"], (*path, 0) if listed else path)


def dotted(path: Path) -> str:
    """A path as people write it: `customize.files[].mode`."""
    words = ("[]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(words).removeprefix(".")
