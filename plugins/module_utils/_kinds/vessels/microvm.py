"""A kernel and an initial RAM disk for one pod or application: planned."""

from __future__ import annotations

from ..vessel import Vessel

KIND = Vessel()
