"""The WebAssembly engines, one file an engine; their form is `Engine`."""

from __future__ import annotations

from ..engine import Engine
from ..members import members

ENGINES = members(__name__, __path__, Engine)
DEFAULT = "wasmedge"  # of a spec that names none
