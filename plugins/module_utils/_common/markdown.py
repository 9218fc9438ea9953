"""Markdown for people who read it as text, too."""

from __future__ import annotations

import re
import textwrap

COLUMNS = 100
# What a line break would spoil for whoever copies it: code, and the text of a link.
_WHOLE = re.compile(r"`[^`]*`|\[[^\]]*\]\([^)]*\)")
_BLANK = "\0"


def wrapped(paragraph: str) -> str:
    """One paragraph on lines of at most `COLUMNS`; code and links stay in one piece."""
    text = _WHOLE.sub(lambda piece: piece[0].replace(" ", _BLANK), paragraph)
    lines = textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)
    return lines.replace(_BLANK, " ")
