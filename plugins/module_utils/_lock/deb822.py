"""Package sources as apt reads them: deb822 form, see sources.list(5)."""

from __future__ import annotations

import os
from collections.abc import Sequence


def source(
    uri: str, suites: Sequence[str], components: Sequence[str], key: str | os.PathLike[str]
) -> str:
    """One source in deb822 form, see sources.list(5); `key` is where apt finds its key. A flat
    repository has no `components`, and no such line."""
    lines = ["Types: deb", f"URIs: {uri}", f"Suites: {' '.join(suites)}"]
    if components:
        lines.append(f"Components: {' '.join(components)}")
    return "\n".join([*lines, f"Signed-By: {os.fspath(key)}", ""])


def key_name(name: str, key: bytes) -> str:
    """The file name that tells apt whether a public key is armoured, see apt-secure(8)."""
    return f"{name}.asc" if key.lstrip().startswith(b"-----BEGIN") else f"{name}.gpg"
