"""The names of the formats that an image can be written in: those of the files of the export."""

from __future__ import annotations

import pkgutil
from pathlib import Path

# Only the names: what writes a format comes later in the flow than what reads a spec.
PLACE = Path(__file__).parent.parent / "_export/formats"
FORMATS = sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules([str(PLACE)]))
DEFAULT = "qcow2"
