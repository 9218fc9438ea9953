"""A Kubernetes node."""

from __future__ import annotations

from ..vessel import Vessel

KIND = Vessel(
    sections=(
        "operating_system",
        "kubernetes",
        "container_runtime",
        "wasm",
        "krustlet",
        "preload",
        "release",
    ),
    phases=(
        "image",
        "bios",
        "node",
        "cluster",
        "pods",
        "matrix",
        "krustlet",
        "hostile",
        "hostile-krustlet",
    ),
)
