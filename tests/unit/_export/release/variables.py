"""Filling in the variables of a manifest, as clusterctl does."""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLE = re.compile(r"\$\{(\w+)(?::=([^}]*))?\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with `values`, the defaults it has, and else the variables' own names."""

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        return values.get(name, default if default is not None else name.lower().replace("_", "-"))

    return VARIABLE.sub(value, text)
