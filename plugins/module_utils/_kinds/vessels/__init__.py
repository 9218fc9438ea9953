"""The vessels, one file each; their form is `Vessel`."""

from __future__ import annotations

import pkgutil
from pathlib import Path

from ..members import members
from ..vessel import Vessel

VESSELS = members(__name__, __path__, Vessel)
DEFAULT = "general-purpose"
# Those whose image can be made. Only the names: what makes it comes later in the flow than what
# reads a spec.
PLACE = Path(__file__).parents[2] / "_vessels"
MADE = frozenset(module.name.replace("_", "-") for module in pkgutil.iter_modules([str(PLACE)]))
