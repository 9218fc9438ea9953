"""Names of container images, as a node finds them.

containerd looks for what a pod names after filling in what it leaves out (`docker.io/library/`,
`:latest`), so an image in its store is found under its full name only:
https://pkg.go.dev/github.com/distribution/reference, `ParseDockerRef`.
"""

from __future__ import annotations

import re

_PART = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
# A host: with a dot, with a port, or localhost. Another first word is a part of Docker Hub's path.
_HOST = rf"(localhost(:[0-9]+)?|{_PART}(\.{_PART})+(:[0-9]+)?|{_PART}:[0-9]+)"
_STEP = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
# Docker Hub's own images are below library.
FULL_NAME = (
    r"(?!(index\.)?docker\.io/[^/]*$)(?!index\.docker\.io)"
    rf"{_HOST}(/{_STEP})+:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}"
)


def is_full_name(name: str) -> bool:
    """Whether a pod finds an image of this name: with its registry, its whole path and a tag."""
    return re.fullmatch(FULL_NAME, name) is not None
