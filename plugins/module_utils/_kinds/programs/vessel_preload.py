"""What puts images into containerd's store without containerd; it runs on the builder only."""

from __future__ import annotations

from ..program import GoSource

KIND = GoSource("native/go", "./cmd/vessel-preload")
