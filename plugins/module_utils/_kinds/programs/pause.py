"""The program that holds a pod's namespaces."""

from __future__ import annotations

from ..program import GoSource

KIND = GoSource("native/go", "./cmd/pause")
