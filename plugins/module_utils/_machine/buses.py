"""What a guest's own disk is connected by: the buses that hypervisors have, as QEMU has them."""

from __future__ import annotations

# QEMU's words; `disk` is the drive, and the machine starts from it. q35 has a SATA controller.
BUSES = {
    "virtio": ("-device", "virtio-blk-pci,drive=disk,bootindex=0"),
    "pvscsi": ("-device", "pvscsi,id=scsi",
               "-device", "scsi-hd,bus=scsi.0,drive=disk,bootindex=0"),
    "nvme": ("-device", "nvme,serial=vessel,drive=disk,bootindex=0"),
    "sata": ("-device", "ide-hd,bus=ide.0,drive=disk,bootindex=0"),
}  # fmt: skip
DEFAULT = "virtio"
