"""One file by URL -> store, with the digest and size that the lock names.

Proxies come from the environment (`https_proxy`, `no_proxy`). Only what may pass by itself is
tried again: server errors, resets, time-outs; a wrong digest or a 404 stays wrong.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

from .._common.errors import VesselError
from .._common.files import CHUNK
from .content import Store

TIMEOUT = 60.0  # seconds without a byte
ATTEMPTS = 4
BACK_OFF = 1.0  # seconds before the second attempt; doubles
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to http."""

    def redirect_request(  # noqa: PLR0913 - the base class decides
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise VesselError.of(
                "VES-404", f"{shown(req.full_url)} redirects from https to {shown(newurl)}"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Transient(Exception):
    """A failure that may pass by itself."""


def fetch(url: str, store: Store, sha256: str, size: int, *, back_off: float = BACK_OFF) -> Path:
    """The blob of `sha256`, fetched from `url` unless it is kept already.

    `size` is in bytes; a longer answer is cut off. Raises VES-402 for a wrong digest, VES-403
    when the file cannot be had, VES-404 for a refused redirect, VES-405 for a wrong size.
    """
    if kept := store.path(sha256):
        return kept
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(back_off * 2 ** (attempt - 1))
        try:
            return _fetch_once(url, store, sha256, size)
        except _Transient as error:
            reason = error
    raise VesselError.of(
        "VES-403",
        f"{shown(url)} could not be had in {ATTEMPTS} attempts: {reason}",
        f"Expected {size} bytes with sha256 {sha256}.",
    )


def shown(url: str) -> str:
    """`url` as it may be printed: without a user's name, password or query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _fetch_once(url: str, store: Store, sha256: str, size: int) -> Path:
    opener = urllib.request.build_opener(_NoDowngrade)
    request = urllib.request.Request(url, headers={"User-Agent": "vessel"})
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return store.add_chunks(_chunks(answer, url, size), sha256, what=shown(url))
    except urllib.error.HTTPError as error:
        with error:
            if error.code in TRANSIENT:
                raise _Transient(f"HTTP {error.code}") from error
            raise VesselError.of("VES-403", f"{shown(url)}: HTTP {error.code}") from error
    except urllib.error.URLError as error:
        raise _Transient(str(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Transient(str(error) or type(error).__name__) from error


def _chunks(answer: IO[bytes], url: str, size: int) -> Iterator[bytes]:
    """The answer's bytes, never more than `size`; one that ends early is tried again."""
    left = size
    while chunk := answer.read(min(CHUNK, left + 1)):
        left -= len(chunk)
        if left < 0:
            raise VesselError.of("VES-405", f"{shown(url)} is longer than the locked {size} bytes")
        yield chunk
    if left > 0:
        raise _Transient(f"the answer ended after {size - left} of {size} bytes")
