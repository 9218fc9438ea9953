"""The RuntimeClasses of an image, by the very template that lays them down on the node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from . import TEMPLATE


def runtime_classes(root: Path, engines: Sequence[Mapping[str, Any]], default: str) -> str:
    """What the role writes when it is told of `engines` and `default`; `root` is the collection."""
    # As Ansible renders it. It is YAML, in which nothing is to be escaped.
    environment = Environment(
        trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    template = environment.from_string((root / TEMPLATE).read_text(encoding="utf-8"))
    return template.render(wasm_runtimes_engines=engines, wasm_runtimes_default=default)
