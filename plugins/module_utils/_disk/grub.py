"""GRUB for both firmwares, with every module inside its image: the node needs no GRUB package.

BIOS: the boot sector reads core.img, which lies raw in the BIOS boot partition. The two are joined
by hand as grub-bios-setup would do it, which insists on real devices (GRUB 2.12 source,
`util/setup.c`, `include/grub/i386/pc/boot.h`). UEFI: one program, at the path for removable media.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path

from .._common.errors import VesselError
from .._common.run import run
from .._tree.tools import Tools
from .gpt import BOOT_CODE, SECTOR

_COMMON = (
    *("part_gpt", "ext2", "search", "search_fs_uuid", "normal", "configfile", "linux", "echo"),
    *("test", "true", "sleep", "ls", "cat", "serial", "terminal", "reboot", "halt", "minicmd"),
)
_BIOS = (*_COMMON, "biosdisk")
_UEFI = (*_COMMON, "fat", "efi_gop", "efi_uga")

_KERNEL_ADDRESS = 0x5C  # in boot.img: first sector of core.img, 8 bytes
_DRIVE_CHECK = 0x66  # in boot.img: a jump that two NOPs replace, else the BIOS drive is distrusted
_BLOCK_LIST = 500  # in core.img: first sector of the rest of core.img, 8 bytes


def bios_images(
    tools: Tools, root_uuid: str, core_sector: int, scratch: Path
) -> tuple[bytes, bytes]:
    """The boot code for the first sector, and core.img to be put at `core_sector` of the disk."""
    core = bytearray(_image(tools, "i386-pc", _BIOS, root_uuid, scratch))
    struct.pack_into("<Q", core, _BLOCK_LIST, core_sector + 1)
    boot = bytearray(tools.file("usr/lib/grub/i386-pc/boot.img").read_bytes()[:BOOT_CODE])
    struct.pack_into("<Q", boot, _KERNEL_ADDRESS, core_sector)
    boot[_DRIVE_CHECK : _DRIVE_CHECK + 2] = b"\x90\x90"
    return bytes(boot), bytes(core).ljust(-(-len(core) // SECTOR) * SECTOR, b"\0")


def efi_image(tools: Tools, platform: str, root_uuid: str, scratch: Path) -> bytes:
    """The program that UEFI starts; `platform` is GRUB's name, such as `x86_64-efi`."""
    return _image(tools, platform, _UEFI, root_uuid, scratch)


def configuration(root_uuid: str, kernel: str, initrd: str, arguments: Sequence[str]) -> str:
    """The text of grub.cfg; `kernel` and `initrd` are paths in the root file system."""
    words = [
        *(f"root=UUID={root_uuid}", "ro"),
        *(_quoted(argument) for argument in arguments),
    ]
    return f"""\
# Written by Vessel.
set default=0
set timeout=1
if serial --unit=0 --speed=115200; then
  terminal_input console serial
  terminal_output console serial
fi
menuentry "Linux" {{
  search --no-floppy --fs-uuid --set=root {root_uuid}
  linux {kernel} {" ".join(words)}
  initrd {initrd}
}}
"""


def _image(
    tools: Tools, platform: str, modules: Sequence[str], root_uuid: str, scratch: Path
) -> bytes:
    """grub-mkimage's output with an embedded configuration that finds the root file system."""
    early = scratch / f"{platform}.cfg"
    # One command a line: the rescue parser that reads it knows no blocks.
    early.write_text(f"search.fs_uuid {root_uuid} root\nset prefix=($root)/boot/grub\n")
    image = scratch / f"{platform}.img"
    directory = tools.file(f"usr/lib/grub/{platform}")
    where = ["-d", str(directory), "-p", "/boot/grub", "-c", str(early), "-o", str(image)]
    run(
        tools.argv("grub-mkimage", "-O", platform, *where, *modules),
        what=f"making GRUB for {platform}",
    )
    return image.read_bytes()


def _quoted(argument: str) -> str:
    """One kernel argument as a word of GRUB's shell. Raises VES-606 if it has a line break."""
    if not argument.isprintable():
        raise VesselError.of(
            "VES-606",
            f"the kernel argument {argument!r} has a character that cannot be printed",
            "Write it on one line, with printable characters only.",
        )
    if re.fullmatch(r"[A-Za-z0-9_./:=,@%+-]+", argument):
        return argument
    return "'" + argument.replace("'", "'\\''") + "'"
