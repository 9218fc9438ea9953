"""Writes `docs/spec.md` from the schema.

    PYTHONPATH=collections python -m \\
        ansible_collections.vessel.image.plugins.module_utils._spec.document docs/spec.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._common.files import write_text
from .._common.markdown import wrapped
from .schema import dotted, fields

_HEAD = """\
<!-- Made from plugins/module_utils/_spec/schema.py; document.py beside it says how. -->
# The spec

One YAML file says what machine image you want. `specs/wasm-node.yml` is a whole one. The shortest:

```yaml
schema: 1
name: my-node
kubernetes:
  version: "1.36.3"
```

An editor with a YAML language server completes keys and marks mistakes when the first line says
where the schema is, relative to the spec:
`# yaml-language-server: $schema=../docs/spec.schema.json`.

Everything else has a default. Write versions in quotes: without them YAML reads 1.30 as the number
1.3. Likewise YAML reads a bare `no`, `yes`, `on` or `off` as false or true.

Every problem of a spec is reported at once, as `file:line:column`, a code that
[errors.md](errors.md) explains, what is wrong and what to do. Unknown and repeated keys are errors.
Anchors, aliases and tags are not read.

## Keys
"""

_KINDS = {
    "string": "text",
    "integer": "number",
    "boolean": "true or false",
    "list": "list",
    "dict": "section",
}


def document() -> str:
    """The text of `docs/spec.md`."""
    lines = [_HEAD]
    for path, rules in fields():
        lines += [f"### `{dotted(path)}`", "", wrapped(rules["meta"]["about"]), ""]
        if facts := list(_facts(rules)):
            lines += [*facts, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _facts(rules: Mapping[str, Any]) -> Iterator[str]:
    if "type" not in rules:
        return
    need = "required" if rules.get("required") else "optional"
    kinds = [rules["type"]] if isinstance(rules["type"], str) else rules["type"]
    yield f"- {' or '.join(_KINDS[kind] for kind in kinds)}, {need}"
    values = rules["schema"] if rules["type"] == "list" else rules
    if allowed := values.get("allowed"):
        yield f"- one of: {_code(allowed)}" if values is rules else f"- any of: {_code(allowed)}"
    elif rules.get("regex") or rules["meta"].get("example"):
        yield f"- such as `{rules['meta']['example']}`"
    if limits := rules["meta"].get("limits"):
        yield f"- from {limits['minimum']} to {limits['maximum']}"
    if later := values.get("meta", {}).get("planned"):
        yield f"- not available in this version: {_code(later)}"
    if rules.get("default") not in (None, {}, []):
        yield f"- default: `{_as_yaml(rules['default'])}`"


def _code(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _as_yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    if isinstance(value, int):
        return str(value).lower()
    return f'"{value}"' if str(value)[0].isdigit() else str(value)


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), document())
