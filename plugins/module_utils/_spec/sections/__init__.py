"""The sections that a vessel may have in its spec, one file each, which holds its `RULES`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..._kinds.vessels import VESSELS

_NAMES = dict.fromkeys(name for vessel in VESSELS.values() for name in vessel.sections)
# In the order in which people write them.
SECTIONS: dict[str, dict[str, Any]] = {
    name: import_module(f"{__name__}.{name}").RULES for name in _NAMES
}
