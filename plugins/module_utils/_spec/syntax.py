"""Saying in words where a text stops being YAML, and what its writer most likely forgot.

The parser notices a missing quote or bracket only where the text makes no sense any more, often at
its end. People look for it where it was opened, so that is the place that is told.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

# What the parser says; what it means; what to do; whether that is at the place where the quote,
# bracket or key began, which the parser calls the context.
_MEANINGS = (
    (
        "found unexpected end of stream",
        "the quote that is opened here is never closed",
        "Close it at the end of the value.",
        True,
    ),
    (
        "could not find expected ':'",
        "no colon follows this word",
        "After a key write a colon and a blank, after a value nothing but a comment.",
        True,
    ),
    (
        "mapping values are not allowed here",
        "a key cannot begin here",
        "Quote a text that holds a colon; otherwise compare the indentation with the line before.",
        False,
    ),
    (
        "expected <block end>, but found '.* start>'|expected <block end>, but found '-'",
        "this line is indented otherwise than the lines that it should belong to",
        "Let all keys of a section, and all entries of a list, begin in the same column.",
        False,
    ),
    (
        "expected <block end>, but found '<scalar>'",
        "a value has ended before this text",
        "Close each quote on its own line, and quote a value as a whole or not at all.",
        False,
    ),
    (
        "expected '<document start>'",
        "the {noun} has ended before this line",
        "Remove what follows, or the brackets or quotes around what comes before.",
        False,
    ),
    (
        "found character '(?P<seen>.+)' that cannot start any token",
        "a bare value cannot begin with {seen}",
        "Put the value in quotes.",
        False,
    ),
    (
        "escape (sequence|character)",
        "within double quotes a \\ begins an escape sequence, and this is none",
        "Use single quotes, or write the \\ twice.",
        False,
    ),
    (
        "scanning an (alias|anchor)",
        "a bare value cannot begin with * or &",
        "Put the value in quotes.",
        True,
    ),
    (
        "expected the node content, but found ','",
        "an entry is missing before this comma",
        "Remove the comma, or write the entry.",
        False,
    ),
    (
        r"expected ',' or '(?P<seen>[]}])'",
        "an entry must be followed by a comma or by {seen}",
        "Write the comma or bracket before it; quote a text that holds brackets or commas.",
        False,
    ),
)
_ELSEWHERE = "Look for a missing quote, bracket or colon, or a wrong indentation, here or before."


def explained(error: yaml.MarkedYAMLError, text: str, noun: str = "spec") -> tuple[str, str, Any]:
    """What is wrong with `text`, what to do, and the mark of the place to look at; `noun` is what
    the file should hold."""
    said = ", ".join(part for part in (error.context, error.problem) if part)
    mark = error.problem_mark or error.context_mark
    if opened := _open_bracket(error, text):
        hint = "Close it after the last entry."
        return "the bracket that is opened here is never closed", hint, opened
    if opened := _long_quote(error, text):
        hint = "Close it at the end of the value."
        return "the quote that is opened here is closed by the quote of a later line", hint, opened
    for pattern, what, hint, at_beginning in _MEANINGS:
        if found := re.search(pattern, said):
            place = error.context_mark if at_beginning else mark
            return what.format(noun=noun, **found.groupdict()), hint, place or mark
    return f"this is not YAML: {said}", _ELSEWHERE, mark


def _open_bracket(error: yaml.MarkedYAMLError, text: str) -> Any:
    """The mark of the bracket that is open where the text ends, or where a later line makes no
    sense in it; None when it is not about that."""
    said = error.problem or ""
    if "'<stream end>'" in said:
        open_: list[Any] = []
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken):
                open_.append(token.start_mark)
            elif isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken):
                open_.pop()
        return open_[-1] if open_ else None
    begun, stopped = error.context_mark, error.problem_mark
    later = begun and stopped and begun.line < stopped.line
    return begun if later and "expected ',' or" in said else None


def _long_quote(error: yaml.MarkedYAMLError, text: str) -> Any:
    """The mark of a quoted value of several lines right before the text that should not be there;
    None when it is not about that."""
    stopped = error.problem_mark
    if not stopped or "found '<scalar>'" not in (error.problem or ""):
        return None
    last: Any = None
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if token.start_mark.index >= stopped.index:
            break
        last = token
    quoted = isinstance(last, yaml.ScalarToken) and last.style in ("'", '"')
    return last.start_mark if quoted and last.start_mark.line < last.end_mark.line else None
