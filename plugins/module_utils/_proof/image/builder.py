"""What must not be found in an image: names of the host that built it, and of its mirrors."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from ..._common.errors import VesselError
from ..._common.places import cache_root
from ..._common.run import run

# A shorter name occurs by chance in two gigabytes.
SHORTEST = 6
COMMANDS = (
    ("apt-get", "indextargets", "--format", "$(SITE)"),
    # Not the whole of Acquire: it has public addresses that packages ship, too.
    ("apt-config", "dump", "Acquire::http", "Acquire::https", "Acquire::ftp"),
    ("go", "env", "GOPROXY", "GONOSUMDB", "GOSUMDB"),
)
URL = re.compile(r"https?://[^\s\"',|;]+")


def names(root: Path) -> list[str]:
    """Host name and build directories of this host: they must be nowhere in an image. `root` is
    the project's."""
    found = {socket.gethostname(), socket.getfqdn(), str(root.resolve()), str(cache_root())}
    return sorted(name for name in found - {"localhost"} if len(name) >= SHORTEST)


def mirrors() -> list[str]:
    """The hosts that this one gets packages and modules from or through.

    Some are public, and packages name them in their own files; only elsewhere are they a trace.
    """
    texts = [value for key, value in os.environ.items() if _is_address(key)]
    for command in COMMANDS:
        try:
            texts.append(run(command, timeout=60, check=False).stdout)
        except VesselError:
            continue  # a host without this program has no such mirror
    return sorted(name for name in hosts(texts) if len(name) >= SHORTEST)


def hosts(texts: Iterable[str]) -> set[str]:
    """The host names of all URLs in `texts`."""
    urls = [urlsplit(url) for text in texts for url in URL.findall(text)]
    return {url.hostname for url in urls if url.hostname}


def _is_address(variable: str) -> bool:
    name = variable.lower()
    return name.endswith(("_proxy", "goproxy", "index_url", "mirror", "mirrors"))
