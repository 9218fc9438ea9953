"""The formats of images, one file a format; their form is `Format`."""

from __future__ import annotations

from ..._kinds.members import members
from ..format import Format

FORMATS = members(__name__, __path__, Format)
