"""What must not be found in an image: names of the host that built it, and of its mirrors."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from .._common.errors import VesselError
from .._common.places import cache_root
from .._common.run import run

# Everybody's: they occur in packages' own documentation and tell nothing about a builder.
PUBLIC = {
    "deb.debian.org",
    "security.debian.org",
    "ftp.debian.org",
    "proxy.golang.org",
    "sum.golang.org",
    "pypi.org",
    "files.pythonhosted.org",
    "localhost",
}
# A shorter name occurs by chance in two gigabytes.
SHORTEST = 6
COMMANDS = (
    ("apt-get", "indextargets", "--format", "$(SITE)"),
    ("apt-config", "dump", "Acquire"),
    ("go", "env", "GOPROXY", "GONOSUMDB", "GOSUMDB"),
)
URL = re.compile(r"https?://[^\s\"',|;]+")


def names(root: Path) -> list[str]:
    """Host name, mirrors, proxies and build directories of this host; `root` is the project's."""
    texts = [value for key, value in os.environ.items() if _is_address(key)]
    for command in COMMANDS:
        try:
            texts.append(run(command, timeout=60, check=False).stdout)
        except VesselError:
            continue  # a host without this program has no such mirror
    found = {socket.gethostname(), socket.getfqdn(), str(root.resolve()), str(cache_root())}
    found |= hosts(texts)
    return sorted(name for name in found if len(name) >= SHORTEST and name not in PUBLIC)


def hosts(texts: Iterable[str]) -> set[str]:
    """The host names of all URLs in `texts`."""
    urls = [urlsplit(url) for text in texts for url in URL.findall(text)]
    return {url.hostname for url in urls if url.hostname}


def _is_address(variable: str) -> bool:
    name = variable.lower()
    return name.endswith(("_proxy", "goproxy", "index_url", "mirror", "mirrors"))
