"""What a virtual machine's disks may hang on. The kernels have drivers for these: the cloud kernel
has none for LSI Logic's."""

from __future__ import annotations

from dataclasses import dataclass

SCSI, STORAGE = 6, 20  # CIM's numbers of resource types


@dataclass(frozen=True, slots=True)
class Controller:
    """One of them: CIM's number of its type, VMware's name of it, the name that people read, the
    addresses that its disks may have, and QEMU's words for it and the drive `disk` on it, from
    which the machine starts."""

    kind: int
    subtype: str
    title: str
    addresses: tuple[int, ...]
    qemu: tuple[str, ...]


CONTROLLERS = {
    "pvscsi": Controller(
        SCSI,
        "VirtualSCSI",
        "SCSI controller 0",
        (*range(7), *range(8, 16)),  # 7 is the controller's own
        ("-device", "pvscsi,id=scsi",
         "-device", "scsi-hd,bus=scsi.0,drive=disk,bootindex=0"),
    ),
    "nvme": Controller(
        STORAGE,
        "vmware.nvme.controller",
        "NVMe controller 0",
        (*range(15),),
        ("-device", "nvme,serial=vessel,drive=disk,bootindex=0"),
    ),
    "sata": Controller(
        STORAGE,
        "vmware.sata.ahci",
        "SATA controller 0",
        (*range(30),),
        ("-device", "ide-hd,bus=ide.0,drive=disk,bootindex=0"),  # QEMU's q35 has a controller
    ),
}  # fmt: skip
DEFAULT = "pvscsi"
