"""Objects as YAML for people, the same bytes whenever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml


class Number(str):
    """A variable of a template that stands for a number."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Texts with variables in quotes, so that what comes in stays a text; long ones as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        """What is said twice is written twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else "'" if "${" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _number(dumper: yaml.SafeDumper, number: Number) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(number))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Number, _number)


def yaml_text(content: Mapping[str, Any]) -> str:
    """One document."""
    text: str = yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    return text


def documents(about: str, objects: Iterable[Mapping[str, Any]]) -> str:
    """Several, after lines of comment that say what they are. These are in the first one: kubeadm
    refuses a document of comments alone."""
    comment = "".join(f"# {line}\n" for line in about.splitlines())
    return comment + "---\n".join(yaml_text(each) for each in objects)
