"""Throw-away disks over an exported image, which itself is only ever read."""

from __future__ import annotations

from pathlib import Path

from .._common.run import run


def make_overlay(image: Path, overlay: Path, size_gib: int | None = None) -> Path:
    """Make the qcow2 file `overlay` with `image` (qcow2) behind it; `size_gib` enlarges the disk.

    Raises VES-101 or VES-102 when qemu-img is missing or fails.
    """
    size = [] if size_gib is None else [f"{size_gib}G"]
    run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image.absolute(),
         overlay, *size],
        timeout=60,
        what="making an overlay of the image",
    )  # fmt: skip
    return overlay
