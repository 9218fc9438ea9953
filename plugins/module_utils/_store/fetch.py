"""One file by URL -> store, with the digest and size that the lock names.

Proxies come from the environment (`https_proxy`, `no_proxy`), and so do certificates
(`SSL_CERT_FILE`, `SSL_CERT_DIR`, and `REQUESTS_CA_BUNDLE` beside them). Only what may pass by
itself is tried again, from where it stopped: server errors, resets, time-outs, an answer that ends
early or hardly moves. A wrong digest, a 404, a proxy that refuses or an unknown certificate stays.
"""

from __future__ import annotations

import http.client
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .._common.errors import VesselError
from .._common.files import CHUNK
from .._common.redact import EXAMPLE
from .content import Store

TIMEOUT = 60.0  # seconds without a byte
SLOWEST = 1000.0  # bytes a second, over SLOW_AFTER seconds or longer
SLOW_AFTER = 60.0
ATTEMPTS = 4  # without a byte gained in between
UNTOLD = 4 << 30  # bytes that are taken when the lock does not say how many come
BACK_OFF = 1.0  # seconds before the second attempt; doubles
REFUSED = re.compile(r"Tunnel connection failed: (4\d\d .*)")  # by a proxy: http.client's words
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


LOG_IN = f"The proxy wants a log-in: `export https_proxy=http://{EXAMPLE}@host:port`."


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to http."""

    def redirect_request(  # noqa: PLR0913 - the base class decides
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise VesselError.of(
                "VES-404",
                f"{shown(req.full_url)} redirects from https to {shown(newurl)}",
                "Name an origin that stays on https.",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Transient(Exception):
    """A failure that may pass by itself."""


def fetch(
    url: str, store: Store, sha256: str, size: int | None = None, *, back_off: float = BACK_OFF
) -> Path:
    """The blob of `sha256`, fetched from `url` unless it is kept already.

    `size` is in bytes; a longer answer is cut off. Without it, the server has to say it.
    Raises VES-402 for a wrong digest, VES-403 when the file cannot be had, VES-404 for a refused
    redirect, VES-405 for a wrong size, VES-408 for a certificate that nobody here vouches for.
    """
    if kept := store.path(sha256):
        return kept
    try:
        return store.add_chunks(_persistent(url, size, back_off), sha256, what=shown(url))
    except _Transient as error:
        raise VesselError.of(
            "VES-403",
            f"{shown(url)} could not be had in {ATTEMPTS} attempts: {error}",
            f"Expected {'' if size is None else f'{size} bytes with '}sha256 {sha256}.",
        ) from error


def shown(url: str) -> str:
    """`url` as it may be printed: without a user's name, password or query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _persistent(url: str, size: int | None, back_off: float) -> Iterator[bytes]:
    """The file's bytes, whatever number of answers they take.

    Raises the last _Transient after `ATTEMPTS` in a row that brought nothing.
    """
    done = failures = 0
    while True:
        before = done
        try:
            for chunk in _answer(url, size, done):
                done += len(chunk)
                yield chunk
            return
        except _Transient:
            failures = 1 if done > before else failures + 1
            if failures >= ATTEMPTS:
                raise
        time.sleep(back_off * 2 ** (failures - 1))


def _answer(url: str, size: int | None, start: int) -> Iterator[bytes]:
    """The file from byte `start` on, by one request."""
    opener = urllib.request.build_opener(
        _NoDowngrade, urllib.request.HTTPSHandler(context=_trust())
    )
    headers = {"User-Agent": "vessel"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as answer:
            # A server may ignore the range and begin anew (RFC 9110, 14.2): then skip.
            resumed = answer.status == 206 and _first_byte(answer) == start
            told = _told_size(answer, start if resumed else 0) if size is None else size
            if size is None and (told or 0) > UNTOLD:
                raise _too_long(url, None)  # before a byte of it is written
            yield from _chunks(answer, url, told, start, skip=0 if resumed else start)
    except urllib.error.HTTPError as error:
        with error:
            if error.code in TRANSIENT:
                raise _Transient(f"HTTP {error.code}") from error
            loop = ": it redirects in a circle" if 300 <= error.code < 400 else ""
            what = f"{shown(url)}: HTTP {error.code}{loop}"
            hint = LOG_IN if error.code == 407 else "Check the address; the server refuses it."
            raise VesselError.of("VES-403", what, hint) from error
    except urllib.error.URLError as error:
        raise _explained(url, error.reason) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Transient(str(error) or type(error).__name__) from error


def _trust() -> ssl.SSLContext:
    """OpenSSL reads SSL_CERT_FILE and SSL_CERT_DIR by itself; the other variable is what pip and
    most of Python go by."""
    context = ssl.create_default_context()
    if bundle := os.environ.get("REQUESTS_CA_BUNDLE"):
        place = {"capath" if Path(bundle).is_dir() else "cafile": bundle}
        try:
            context.load_verify_locations(**place)
        except OSError as error:
            raise VesselError.of(
                "VES-408",
                f"REQUESTS_CA_BUNDLE names {bundle}, which holds no certificates: {error}",
                "Name a file or directory of certificates in PEM form, or unset the variable.",
            ) from error
    return context


def _explained(url: str, reason: str | BaseException) -> Exception:
    """What a failed connection means: an error that stays, or _Transient."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return VesselError.of(
            "VES-408",
            f"the certificate of {shown(url)} is not trusted: {reason.verify_message}",
            "Behind a proxy that opens TLS, or for a server of your own, name the certificate of"
            " its authority: `export SSL_CERT_FILE=/path/to/bundle.pem`.",
        )
    if refused := REFUSED.search(str(reason)):
        hint = LOG_IN if refused[1].startswith("407") else "Ask whoever runs it, or use no_proxy."
        return VesselError.of("VES-403", f"{shown(url)}: the proxy said {refused[1]}", hint)
    return _Transient(str(reason))


def _chunks(
    answer: http.client.HTTPResponse, url: str, size: int | None, start: int, *, skip: int
) -> Iterator[bytes]:
    """What the answer has from byte `start` of the file on, never more than `size` in all, without
    its first `skip` bytes. One that ends early or hardly moves is _Transient. Without a `size` the
    digest alone tells whether all has come."""
    most = UNTOLD if size is None else size
    left, begun, come = most - start, time.monotonic(), 0
    while chunk := answer.read1(min(CHUNK, left + skip + 1)):
        come += len(chunk)
        seconds = time.monotonic() - begun
        if seconds >= SLOW_AFTER and come / seconds < SLOWEST:
            raise _Transient(f"{come} bytes in {seconds:.0f} s")
        skipped = min(skip, len(chunk))
        skip -= skipped
        left -= len(chunk) - skipped
        if left < 0:
            raise _too_long(url, size)
        if chunk := chunk[skipped:]:
            yield chunk
    if size is not None and left > 0:
        raise _Transient(f"the answer ended after {size - left} of {size} bytes")


def _too_long(url: str, size: int | None) -> VesselError:
    what = f"is longer than the locked {size} bytes"
    if size is None:
        what = f"is longer than {UNTOLD} bytes, the most that is taken while there is no lock"
    hint = "Find out who changed the file before you lock it again with `-e update=true`."
    return VesselError.of("VES-405", f"{shown(url)} {what}", hint)


def _told_size(answer: http.client.HTTPResponse, start: int) -> int | None:
    """The bytes of the whole file, of which the answer is what comes from `start` on; None from a
    server that makes the file while it sends it (RFC 9112, 6.3)."""
    return None if answer.length is None else start + answer.length


def _first_byte(answer: http.client.HTTPResponse) -> int:
    """Where a partial answer begins (`Content-Range: bytes 100-9999/10000`); -1 when unsaid."""
    words = answer.headers.get("Content-Range", "").replace("-", " ").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else -1
