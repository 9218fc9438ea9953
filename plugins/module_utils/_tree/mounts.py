"""The kernel's file systems inside a tree, for as long as its sandbox lives.

Everything here refuses to work outside the sandbox that `packer/build.sh` starts: a private mount
namespace, which takes all mounts with it when it ends, and a network without an interface.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

from .._common.errors import VesselError
from .._common.run import run
from .._spec.paths import MOUNTS
from .inside import Inside

OUTSIDE = "VESSEL_OUTSIDE"  # the mount namespace of whoever started the sandbox, as readlink shows
_SIOCGIFFLAGS = 0x8913  # netdevice(7)
_IFF_UP = 0x1
_HINT = "Run `packer build packer/` or `ansible-playbook build-image.yml`: they start the sandbox."

# Each command in a tree has its own of these, see boundary.py.
OF_A_COMMAND = ("proc", "dev")


def require_sandbox(environment: Mapping[str, str] = os.environ) -> None:
    """Raise VES-920 unless mounts made here are private, and VES-921 if a network is up."""
    outside = environment.get(OUTSIDE)
    if not outside or outside == mount_namespace():
        raise VesselError.of(
            "VES-920", "this is not Vessel's sandbox: mounts would be seen outside", _HINT
        )
    if up := interfaces_up():
        raise VesselError.of(
            "VES-921", f"this is not Vessel's sandbox: network interface {up[0]} is up", _HINT
        )


def mount_namespace() -> str:
    """The name of this process's mount namespace, such as `mnt:[4026531841]`."""
    return str(Path("/proc/self/ns/mnt").readlink())


def interfaces_up() -> list[str]:
    """Names of the network interfaces that are up, the loopback included."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        return [name for _, name in socket.if_nameindex() if _flags(asked, name) & _IFF_UP]


def mount(tree: Path) -> None:
    """Mount /sys, /run and /tmp in `tree`; what is mounted already stays.

    Raises VES-922 when `tree` is no root file system, and what `require_sandbox` raises.
    """
    require_sandbox()
    _require_tree(tree)
    mounted = mounted_below(tree)
    for name, kind, options in MOUNTS:
        place = tree / name
        if place not in mounted and name not in OF_A_COMMAND:
            argv = ["mount", "-t", kind, "-o", options, f"vessel-{name}", str(place)]
            run(argv, what=f"mounting {place}")


def unmount(tree: Path) -> None:
    """Undo `mount`, and anything mounted in `tree` since; a tree without mounts is left alone."""
    require_sandbox()
    for place in sorted(mounted_below(tree), key=lambda path: len(path.parts), reverse=True):
        run(["umount", place], what=f"unmounting {place}")


def mounted_below(tree: Path) -> set[Path]:
    """Mount points inside `tree`; proc(5) writes blanks in their names as octal."""
    root = tree.resolve()
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = {Path(_plain(line.split(" ")[4])) for line in lines}
    return {tree / place.relative_to(root) for place in places if root in place.parents}


def _require_tree(tree: Path) -> None:
    """A mount point that is a link would lead out of the tree; /bin/sh may be one."""
    inside = Inside(tree)
    missing = [name for name, _, _ in MOUNTS if not inside.is_directory(name)]
    if inside.status("bin/sh") is None:
        missing.append("bin/sh")
    if missing:
        raise VesselError.of(
            "VES-922", f"{tree} is no root file system: it has no /{missing[0]}", _HINT
        )


def _flags(asked: socket.socket, name: str) -> int:
    """struct ifreq: the name in 16 bytes, then the flags as a short."""
    answer = fcntl.ioctl(asked, _SIOCGIFFLAGS, struct.pack("16sH22x", name.encode(), 0))
    return int(struct.unpack("16sH22x", answer)[1])


def _plain(name: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        name = name.replace(code, letter)
    return name
