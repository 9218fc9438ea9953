"""The processors, one file an architecture; their form is `Architecture`."""

from __future__ import annotations

from ..architecture import Architecture
from ..members import members

ARCHITECTURES = members(__name__, __path__, Architecture)
# What builds an image runs on this architecture, whichever the image is for.
BUILDER = "amd64"
