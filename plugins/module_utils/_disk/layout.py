"""What lies where on the disk, and how large it must be."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._common.errors import VesselError
from . import gpt

MIB = 1 << 20
BLOCK = 4096
BIOS_BOOT_SIZE = 1 * MIB  # core.img of GRUB takes about 170 KiB
ESP_SIZE = 64 * MIB  # FAT32 needs 65,525 clusters: 33 MiB at the least
JOURNAL = 64 * MIB
INODE_SIZE = 256
BYTES_PER_INODE = 16384
HEAD_ROOM = 1024 * MIB  # for the first minutes of a machine whose disk was not made larger
ROUND = 64 * MIB
RESERVED_PERCENT = 1

NAMESPACE = uuid.UUID("9b8ef5a4-6c47-5d0e-9a35-5f1c2f0d7a11")


@dataclass(frozen=True, slots=True)
class Boot:
    """What of a disk the processor decides; see `_kinds.architecture` for each."""

    grub: str
    efi_path: str
    root_type: str
    consoles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiskInfo:
    """A finished disk: sizes in bytes, `uuid` its GUID, `root_uuid` the root file system's."""

    size: int
    uuid: str
    root_uuid: str
    kernel: str
    partitions: tuple[gpt.Partition, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as `disk.json` holds it."""
        return {**asdict(self), "partitions": [asdict(part) for part in self.partitions]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DiskInfo:
        """The inverse of `as_dict`."""
        parts = tuple(gpt.Partition(**part) for part in data["partitions"])
        return cls(**{**data, "partitions": parts})


def stable_uuid(identity: str, purpose: str) -> str:
    """A version 5 UUID: the same stage id and purpose always give the same one."""
    return str(uuid.uuid5(NAMESPACE, f"{identity}/{purpose}"))


def inode_count(entries: int, root_size: int) -> int:
    """Inodes for a root file system: the usual ratio, and room for half as many files again."""
    return max(root_size // BYTES_PER_INODE, entries * 3 // 2)


def disk_size(content: int, entries: int, wanted: int | None) -> int:
    """Size of the whole disk in bytes for `content` bytes of files.

    `wanted` may only ask for more. Raises VES-601 when the content does not fit into it.
    """
    minimum = content + content // 20 + entries * 2 * INODE_SIZE + JOURNAL
    around = gpt.ALIGNMENT + BIOS_BOOT_SIZE + ESP_SIZE + gpt.ALIGNMENT
    if wanted is None:
        return _up(around + minimum + HEAD_ROOM + HEAD_ROOM // 50, ROUND)
    if wanted < around + minimum + 16 * MIB:
        raise VesselError.of(
            "VES-601",
            f"a disk of {wanted // MIB} MiB is too small: the content needs"
            f" {(around + minimum) // MIB + 17} MiB",
            "Ask for a larger disk, or leave its size out.",
        )
    return _up(wanted, MIB)


def partitions(identity: str, size: int, root_type: str) -> tuple[gpt.Partition, ...]:
    """BIOS boot partition, EFI system partition, and the root that takes all the rest.

    The root is last so that it can grow when the disk does.
    """
    esp_start = gpt.ALIGNMENT + BIOS_BOOT_SIZE
    root_start = esp_start + ESP_SIZE
    root_size = (size - gpt.TAIL) // MIB * MIB - root_start

    def part(name: str, kind: str, start: int, length: int, flags: int = 0) -> gpt.Partition:
        own = stable_uuid(identity, f"partition/{name}")
        return gpt.Partition(name, kind, own, start, length, flags)

    return (
        part("bios", gpt.BIOS_BOOT, gpt.ALIGNMENT, BIOS_BOOT_SIZE),
        part("esp", gpt.EFI_SYSTEM, esp_start, ESP_SIZE),
        part("root", root_type, root_start, root_size, gpt.GROW_FILE_SYSTEM),
    )


def _up(value: int, unit: int) -> int:
    return -(-value // unit) * unit
