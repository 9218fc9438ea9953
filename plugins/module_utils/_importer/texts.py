"""What image-builder packs into one text: lists, switches, assignments."""

from __future__ import annotations

import re
import shlex


def words(text: str) -> list[str]:
    """The parts of a list, each once: between blanks or commas, in a second pair of quotes or not
    (`"\\"nfs-common jq\\""`, as image-builder's book has it)."""
    return list(dict.fromkeys(part for part in re.split(r"[\s,]+", unquoted(text)) if part))


def parts(text: str) -> list[str]:
    """The same of a list that has blanks only between its parts, and may name one twice: kernel
    arguments have commas within."""
    return unquoted(text).split()


def unquoted(text: str) -> str:
    """The text without the quotes around the whole of it, which are for Ansible's command line."""
    text = text.strip()
    while len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text


def is_true(text: str) -> bool:
    """As Ansible takes a text for true."""
    return unquoted(text).lower() in ("true", "yes", "on", "1", "y", "t")


def is_off(text: str) -> bool:
    """As Ansible takes a text for false."""
    return unquoted(text).lower() in ("false", "no", "off", "0", "n", "f")


def assignments(text: str) -> tuple[dict[str, str], list[str]]:
    """What `key=value key="a value"` assigns, as Ansible's extra variables are split; and the words
    that assign nothing. Raises ValueError for a quote that is not closed."""
    given: dict[str, str] = {}
    other: list[str] = []
    for word in shlex.split(text):
        key, equals, value = word.partition("=")
        if equals and re.fullmatch(r"[A-Za-z_]\w*", key):
            given[key] = value
        else:
            other.append(word)
    return given, other
