"""The manifest of an image as its readers know it."""

from __future__ import annotations

SCHEMA = 1
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
