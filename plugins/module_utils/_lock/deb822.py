"""Package sources as apt reads them: deb822 form, see sources.list(5)."""

from __future__ import annotations

import os
from collections.abc import Sequence


def source(
    uri: str, suites: Sequence[str], components: Sequence[str], key: str | os.PathLike[str]
) -> str:
    """One source in deb822 form, see sources.list(5); `key` is where apt finds its key."""
    return (
        f"Types: deb\nURIs: {uri}\nSuites: {' '.join(suites)}\n"
        f"Components: {' '.join(components)}\nSigned-By: {os.fspath(key)}\n"
    )


def key_name(name: str, key: bytes) -> str:
    """The file name that tells apt whether a public key is armoured, see apt-secure(8)."""
    return f"{name}.asc" if key.lstrip().startswith(b"-----BEGIN") else f"{name}.gpg"
