"""An immutable appliance: planned."""

from __future__ import annotations

from ..vessel import Vessel

KIND = Vessel()
