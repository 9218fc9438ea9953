"""Writes `docs/spec.schema.json`: the schema as JSON Schema, for editors.

    PYTHONPATH=collections python -m \\
        ansible_collections.vessel.image.plugins.module_utils._spec.editors docs/spec.schema.json

It completes keys and marks what is wrong while one types; what several values mean together only
Vessel itself knows. Format: https://json-schema.org/draft/2020-12/schema.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._common.files import write_text
from .schema import SCHEMA

_TYPES = {"dict": "object", "list": "array"}  # the others have JSON's names


def json_schema() -> dict[str, Any]:
    """The schema of a spec, as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A spec of Vessel",
        **_value({"type": "dict", "schema": SCHEMA}),
    }


def _value(rules: Mapping[str, Any]) -> dict[str, Any]:
    meta = rules.get("meta", {})
    kinds = rules.get("type", [])
    types = [_TYPES.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    found: dict[str, Any] = {}
    if types:
        found["type"] = types[0] if len(types) == 1 else types
    if meta.get("about"):
        found["description"] = meta["about"]
    if "default" in rules and rules["default"] not in ({}, []):
        found["default"] = rules["default"]
    found |= meta.get("limits", {})
    if "allowed" in rules:
        found["enum"] = rules["allowed"]
    if pattern := meta.get("pattern") or rules.get("regex", "").removesuffix(r"\Z"):
        found["pattern"] = f"^(?:{pattern})$"
    if kinds == "list":
        found["items"] = _value(rules["schema"])
        if "check_with" in rules:  # a list whose entries may repeat has none
            found["uniqueItems"] = True
        if "minlength" in rules:
            found["minItems"] = rules["minlength"]
    elif "schema" in rules:
        fields = rules["schema"]
        found["properties"] = {name: _value(inner) for name, inner in fields.items()}
        found["additionalProperties"] = False
        if required := [name for name, inner in fields.items() if inner.get("required")]:
            found["required"] = required
    elif "valuesrules" in rules:
        found["additionalProperties"] = _value(rules["valuesrules"])
        if key := _value(rules["keysrules"]).get("pattern"):
            found["propertyNames"] = {"pattern": key}
    return found


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
