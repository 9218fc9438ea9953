"""Log-ins of package mirrors, in a file and never on a command line, which all may read.

Format: apt_auth.conf(5), lines of `machine URI login NAME password PASSWORD`; blanks end a word,
and nothing is quoted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .._common.errors import VesselError
from .._common.run import run

BOTH = ("Dir::Etc::netrc", "Dir::Etc::netrcparts")


def plain(uri: str) -> str:
    """`uri` without a user's name and password."""
    before, userinfo, after = _parted(uri)
    return before + after if userinfo else uri


def log_ins(uris: Iterable[str]) -> str:
    """What an auth.conf has to hold for those of `uris` that bring a log-in, before what the host's
    own says; empty without any.

    Raises VES-117 for a log-in that no auth.conf can hold.
    """
    lines = [line for uri in sorted(set(uris)) if (line := _line(uri))]
    if not lines:
        return ""
    own = Path(host_files()[0])
    if own.is_file() and os.access(own, os.R_OK):
        lines.append(own.read_text(encoding="utf-8", errors="surrogateescape"))
    return "\n".join([*lines, ""])


def host_files() -> tuple[str, str]:
    """The host's own file of log-ins, and its directory of such files."""
    said = run(["apt-config", "shell", "A", f"{BOTH[0]}/f", "B", f"{BOTH[1]}/d"]).stdout
    single, parts = (line.split("'")[1] for line in said.splitlines())
    return single, parts


def _line(uri: str) -> str:
    before, userinfo, after = _parted(uri)
    if not userinfo:
        return ""
    # apt compares with a host without its brackets.
    host, slash, path = after.partition("/")
    machine = host.replace("[", "").replace("]", "") + slash + path
    name, _, password = (unquote(part) for part in userinfo.partition(":"))
    if any(not word or word.split() != [word] for word in (name, password)):
        raise VesselError.of(
            "VES-117",
            f"apt cannot log in at {urlsplit(uri).hostname}: the name or password is empty, or has"
            " a blank",
            "Put another log-in into this host's apt sources, or into /etc/apt/auth.conf.",
        )
    return f"machine {before}{machine} login {name} password {password}"


def _parted(uri: str) -> tuple[str, str, str]:
    """Scheme with its slashes, user's name and password, and the rest."""
    scheme, slashes, rest = uri.partition("://")
    netloc, slash, path = rest.partition("/")
    userinfo, at, host = netloc.rpartition("@")
    return (scheme + slashes, userinfo, host + slash + path) if at else (uri, "", "")
