"""Packer's templates in variables: `{{ user `name` }}` is another variable's value.

Written by Packer's documentation of its JSON templates (user variables, template engine).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from .._common.errors import VesselError
from .._common.redact import REDACTED
from .variables import Variable

_USER = re.compile(r"\{\{\s*user\s+`([^`]*)`\s*\}\}")
# What only Packer can fill: `{{env `X`}}`, `{{timestamp}}`, `{{ .HTTPIP }}`; or a template of Jinja
# that nobody rendered.
OPEN = re.compile(r"\{\{.*?\}\}|\{\{", re.DOTALL)


def resolved(
    variables: Mapping[str, Variable], is_secret: Callable[[str], bool]
) -> dict[str, Variable]:
    """The variables with the others that they name put in; of one whose key `is_secret`, only that
    it was one (REDACTED). What no variable fills stays. Raises VES-874 for one that needs itself.
    """
    known = {
        key: replace(each, text=REDACTED) if is_secret(key) else each
        for key, each in variables.items()
    }
    return {key: replace(each, text=_text(each, known, (key,))) for key, each in variables.items()}


def named(variables: Mapping[str, Variable]) -> set[str]:
    """The keys that another variable puts in."""
    return {key for each in variables.values() for key in _USER.findall(each.text)}


def _text(variable: Variable, variables: Mapping[str, Variable], way: tuple[str, ...]) -> str:
    def put(found: re.Match[str]) -> str:
        other = variables.get(found[1])
        if other is None:
            return found[0]
        if other.key in way:
            raise VesselError.of(
                "VES-874",
                f"`{way[0]}` needs its own value: {' → '.join([*way, other.key])}",
                "Write the value into one of them.",
                variable.where,
            )
        return _text(other, variables, (*way, other.key))

    return _USER.sub(put, variable.text)
