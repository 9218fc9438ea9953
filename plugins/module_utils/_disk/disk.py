"""One raw disk file that boots under BIOS and UEFI, out of directory trees."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import write_bytes
from .._common.progress import report
from .._common.scratch import scratch
from .._common.space import space
from .._spec.paths import FSTAB, GRUB_CONFIGURATION
from .._tree.tools import Tools
from . import gpt, grub, layout
from .contents import CONTENTS, render_contents
from .esp import make_esp
from .ext4 import make_ext4
from .layout import Boot, DiskInfo, stable_uuid
from .tar import Entry, add_files, footprint, merge

# systemd's generator would add an automount of the ESP, which no node needs.
NO_AUTOMOUNT = "systemd.gpt_auto=0"


def build_disk(  # noqa: PLR0913 - each is a distinct property of one disk
    trees: Sequence[Path],
    tools: Tools,
    destination: Path,
    *,
    identity: str,
    epoch: int,
    boot: Boot,
    kernel_arguments: Sequence[str] = (),
    size: int | None = None,
) -> DiskInfo:
    """Make the sparse file `destination` and, beside it, its description with the suffix `.json`
    and the list of what is in it, contents.json.

    `trees` are laid over each other, the last one on top. All UUIDs follow from `identity`, all
    times from `epoch` (seconds). `size` (bytes) may ask for more than the content needs. The same
    input gives the same bytes. Raises VES-601 to VES-606, and the runner's errors.
    """
    report(f"disk: reading {len(trees)} trees")
    root_uuid = stable_uuid(identity, "root")
    arguments = [*boot.consoles, NO_AUTOMOUNT, *kernel_arguments]
    entries, kernel = _content(trees, root_uuid, arguments)
    total = layout.disk_size(footprint(entries), len(entries), size)
    info = DiskInfo(
        size=total,
        uuid=stable_uuid(identity, "disk"),
        root_uuid=root_uuid,
        kernel=kernel,
        partitions=layout.partitions(identity, total, boot.root_type),
    )
    with (
        space(destination.parent, footprint(entries), "the disk"),
        scratch(destination.name, destination.parent) as place,
    ):
        disk = place / "disk.raw"
        digests = _write(disk, info, boot, tools, entries, identity, epoch, place)
        disk.replace(destination)
    write_bytes(destination.with_name(CONTENTS), render_contents(entries, digests))
    write_bytes(
        destination.with_suffix(".json"), json.dumps(info.as_dict(), indent=2).encode() + b"\n"
    )
    return info


def read_info(path: Path) -> DiskInfo:
    """What `build_disk` wrote beside the disk file."""
    return DiskInfo.from_dict(json.loads(path.read_bytes()))


def find_kernel(entries: Sequence[Entry]) -> tuple[str, str, str]:
    """The newest kernel's release, its path and its initramfs' path in the root file system.

    Where Debian's links /vmlinuz and /initrd.img lead to it, they are the paths: so a kernel
    installed in the node later is booted without GRUB's help. Raises VES-603 without a kernel.
    """
    files = {entry.name: entry for entry in entries}
    releases = [name[len("boot/vmlinuz-") :] for name in files if name.startswith("boot/vmlinuz-")]
    if not releases:
        raise VesselError.of(
            "VES-603", "the tree has no kernel: there is no /boot/vmlinuz-*", "Install a kernel."
        )
    newest = max(releases, key=_version)
    kernel, initrd = f"boot/vmlinuz-{newest}", f"boot/initrd.img-{newest}"
    if initrd not in files:
        raise VesselError.of(
            "VES-603",
            f"the tree has no initramfs for its kernel {newest}: /{initrd} is missing",
            "Run update-initramfs in the tree before the disk is made.",
        )
    links = [files.get("vmlinuz"), files.get("initrd.img")]
    if [link.target.lstrip("/") for link in links if link] == [kernel, initrd]:
        return newest, "/vmlinuz", "/initrd.img"
    return newest, f"/{kernel}", f"/{initrd}"


def _content(
    trees: Sequence[Path], root_uuid: str, kernel_arguments: Sequence[str]
) -> tuple[list[Entry], str]:
    """The entries of the root file system and the kernel's release."""
    found = merge(trees)
    release, kernel, initrd = find_kernel(found)
    text = grub.configuration(root_uuid, kernel, initrd, kernel_arguments)
    table = f"UUID={root_uuid} / ext4 defaults,errors=remount-ro,x-systemd.growfs 0 1\n"
    return add_files(found, {FSTAB: table, GRUB_CONFIGURATION: text}), release


def _write(  # noqa: PLR0913 - the parts of one disk
    disk: Path,
    info: DiskInfo,
    boot: Boot,
    tools: Tools,
    entries: Sequence[Entry],
    identity: str,
    epoch: int,
    place: Path,
) -> dict[str, str]:
    """All of the disk into a fresh file, which reads as zeros at first; returns the digests of the
    root file system's files."""
    bios, esp, root = info.partitions
    work = {part: place / part for part in ("grub", "esp", "root")}
    for directory in work.values():
        directory.mkdir()
    sector, core = grub.bios_images(tools, info.root_uuid, bios.start // gpt.SECTOR, work["grub"])
    with disk.open("xb") as file:
        file.truncate(info.size)
        file.write(sector)
        gpt.write_table(file, info.uuid, info.size, info.partitions)
        file.seek(bios.start)
        file.write(core)
    efi = {boot.efi_path: grub.efi_image(tools, boot.grub, info.root_uuid, work["grub"])}
    make_esp(tools, disk, esp, stable_uuid(identity, "esp")[:8], efi, epoch, work["esp"])
    regular = sum(stat.S_ISREG(entry.mode) for entry in entries)
    report(f"disk: writing {regular} files into the root file system")
    seed = stable_uuid(identity, "hash-seed")
    return make_ext4(tools, disk, root, info.root_uuid, seed, entries, epoch, work["root"])


def _version(release: str) -> list[tuple[int, str]]:
    """Sort key: runs of digits by value, the rest as text."""
    return [
        (int(part), "") if part.isdigit() else (-1, part)
        for part in re.findall(r"\d+|\D+", release)
    ]
