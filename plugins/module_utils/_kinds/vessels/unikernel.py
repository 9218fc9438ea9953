"""One application without an operating system: planned."""

from __future__ import annotations

from ..vessel import Vessel

KIND = Vessel()
