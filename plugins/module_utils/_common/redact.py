"""Secrets blanked in whatever people read: messages, progress, command lines, Packer's output.

There is one way for all of them. `redacted` knows the shapes in which secrets are written (URLs,
headers, `password=`, keys, tokens), the secrets of this process's environment, and those that it is
told. It errs on the side of blanking: a query of a URL is gone as a whole.

A text has to be whole: cut it after this, never before, or half a secret may be left.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote

SHAPES_NO_RESULT = True  # see _plan/code.py
REDACTED = "<redacted>"
DOTS = "…"  # what stands for it where a value is quoted that is cut to a few words
EXAMPLE = "name:password"  # as hints of ours write it
# Characters: nothing shorter is looked for that was derived, or found in the environment, where
# `true` is no secret, nor the name of a user in a URL.
DERIVED, FOUND, USER = 4, 6, 12
# Names of things that are secret, the end of a longer name, too (`registry_password`).
_NAMES = (
    r"pass(?:word|wd|phrase)|secret|token|api[_-]?key|(?:access|secret|private)[_-]?key"
    r"|credentials?|signature"
)
_VARIABLE = re.compile(rf"(?i)(?:{_NAMES}|_pat|_auth)$")
# A scheme has no limit; this one keeps the search linear in a long text.
_URL = r"[A-Za-z][A-Za-z0-9+.-]{0,19}://"
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'<>][^\s<>]*)"""
# Each with what is put in place of it. An earlier one may have blanked what a later one meets.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:(-----END)|\Z)", re.DOTALL),
        rf"\1{REDACTED}\2",
    ),
    # A password may hold an at sign itself: the last one before the path ends it (RFC 3986, 3.2).
    (re.compile(rf"({_URL})(?!(?:{DOTS}|{EXAMPLE})@)[^\s/?#\"'<>]+@"), rf"\1{REDACTED}@"),
    (re.compile(rf"(?i)(_proxy[\"']?\s*[=:]\s*[\"']?)(?!{_URL})[^\s\"'/]+@"), rf"\1{REDACTED}@"),
    (re.compile(rf"({_URL}[^\s?\"'<>]*\?)(?!{DOTS})[^\s\"'<>#]+"), rf"\1{REDACTED}"),
    # A header field ends with its line, or in JSON with its quote (RFC 9110, 11.6).
    (
        re.compile(
            r"(?i)(\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-[a-z-]*(?:token|auth|key))"
            r"([\"']?\s*[:=]\s*)(?:\"[^\"\n]*\"|'[^'\n]*'|[^\n\"'<][^\n]*)"
        ),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(r"(?i)(\bbearer +)[A-Za-z0-9._~+/=-]{8,}"), rf"\1{REDACTED}"),
    (re.compile(rf"(?i)((?:{_NAMES})[\"']?\s*=\s*){_VALUE}"), rf"\1{REDACTED}"),
    (re.compile(rf"(?i)(pass(?:word|wd|phrase)[\"']?\s*:\s*){_VALUE}"), rf"\1{REDACTED}"),
    # With a colon only what looks like one: a compiler says `unexpected token: }`.
    (
        re.compile(rf"(?i)((?:{_NAMES})[\"']?\s*:\s*[\"']?)[A-Za-z0-9._~+/=-]{{8,}}"),
        rf"\1{REDACTED}",
    ),
    (
        re.compile(rf"(?i)((?<![\w-])--?(?:[a-z]{{1,20}}-)?(?:{_NAMES})\s+){_VALUE}"),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(\blogin\s+\S+\s+password\s+)\S+"), rf"\1{REDACTED}"),  # netrc(5)
    (
        re.compile(
            r"\b(?:gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abps]-[\w-]{10,}"
            r"|A[KS]IA[0-9A-Z]{16}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})"
        ),
        REDACTED,
    ),
)


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with each of `secrets`, each secret of the environment, and whatever has the shape of
    one replaced by REDACTED. A secret of several lines is found line by line, too."""
    told = {form for secret in secrets for form in _forms(secret)}
    known = told | _of_environment(tuple(sorted(_suspects(os.environ))))
    # The longest first: one secret may begin with another.
    for form in sorted(known, key=len, reverse=True):
        text = text.replace(form, REDACTED)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def names_secret(name: str) -> bool:
    """Whether a thing of that name is a secret: `registry_password`, `apikey`."""
    return _VARIABLE.search(name) is not None


def _forms(secret: str) -> set[str]:
    """The secret as it is, and as URLs, JSON, a shell and line-wise output write it."""
    if not secret:
        return set()
    plain = unquote(secret)
    written = {
        *(line.strip() for line in re.split(r"[\r\n]+", secret)),
        *(line.strip() for line in re.split(r"\\n|\\r", secret)),
        plain,
        quote(plain, safe=""),
        quote(plain),
        quote_plus(plain),
        re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quote(plain, safe="")),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        shlex.quote(secret).strip("'"),
        base64.b64encode(secret.encode(errors="surrogateescape")).decode(),
    }
    return {secret} | {form for form in written if len(form) >= DERIVED}


def _suspects(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables that may hold a secret: by their name, or by a user's name in a URL."""
    for name, value in environment.items():
        if "@" in value or _VARIABLE.search(name):
            yield name, value


@lru_cache(maxsize=8)
def _of_environment(suspects: tuple[tuple[str, str], ...]) -> frozenset[str]:
    found: set[str] = set()
    for name, value in suspects:
        if _VARIABLE.search(name):
            found |= _forms(value) if len(value) >= FOUND else set()
            continue
        # GOPROXY and its like hold several; a proxy may stand there without a scheme.
        optional = "?" if name.lower().endswith("_proxy") else ""
        for part in re.split(r"[\s,|]+", value):
            if has := re.match(rf"(?:{_URL}){optional}(.+)@", part):
                found |= _of_userinfo(has[1])
    return frozenset(found)


def _of_userinfo(written: str) -> set[str]:
    """Of `user:password` in a URL; a user without a password may be a token."""
    user, colon, password = written.partition(":")
    if not colon:
        return _forms(user) if len(user) >= USER else set()
    basic = base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
    return {written, basic, *(_forms(password) if len(password) >= FOUND else ())}
