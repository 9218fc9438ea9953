"""The distributions, one file each; their form is `Distribution`."""

from __future__ import annotations

from ..distribution import Distribution
from ..members import members

DISTRIBUTIONS = members(__name__, __path__, Distribution)
DEFAULT = "debian"
