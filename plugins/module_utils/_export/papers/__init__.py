"""What tells about an image, one file a paper; their form is `Paper`."""

from __future__ import annotations

from ..._kinds.members import members
from ..paper import Paper

PAPERS = members(__name__, __path__, Paper)
