"""What a guest's own disk is connected by."""

from __future__ import annotations

from .._kinds.controllers import CONTROLLERS

DEFAULT = "virtio"
# QEMU's words; `disk` is the drive, and the machine starts from it.
BUSES = {
    DEFAULT: ("-device", "virtio-blk-pci,drive=disk,bootindex=0"),
    **{name: each.qemu for name, each in CONTROLLERS.items()},
}
