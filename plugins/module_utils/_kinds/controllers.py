"""What a virtual machine's disks may hang on. The kernels have drivers for these: the cloud kernel
has none for LSI Logic's."""

from __future__ import annotations

from dataclasses import dataclass

SCSI, STORAGE = 6, 20  # CIM's numbers of resource types


@dataclass(frozen=True, slots=True)
class Controller:
    """One of them: CIM's number of its type, VMware's name of it, the name that people read, and
    the addresses that its disks may have."""

    kind: int
    subtype: str
    title: str
    addresses: tuple[int, ...]


CONTROLLERS = {
    # 7 is the controller's own.
    "pvscsi": Controller(SCSI, "VirtualSCSI", "SCSI controller 0", (*range(7), *range(8, 16))),
    "nvme": Controller(STORAGE, "vmware.nvme.controller", "NVMe controller 0", (*range(15),)),
    "sata": Controller(STORAGE, "vmware.sata.ahci", "SATA controller 0", (*range(30),)),
}
DEFAULT = "pvscsi"
