"""The command line of the virtual machine in which an image is proved, or tried out."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .._common.errors import VesselError
from .._common.run import run
from .._kinds.architectures import ARCHITECTURES, BUILDER
from . import cards, way_out
from .buses import BUSES
from .buses import DEFAULT as VIRTIO
from .cards import DRIVERS, PLAIN, Card
from .ports import LOOPBACK, Forward

PROGRAM = ARCHITECTURES[BUILDER].qemu
MAC = "52:54:00:5e:55:01"
ADDRESS = "10.0.2.15"  # of the guest, in QEMU's user-mode network
GATEWAY = "10.0.2.2"
NAME_SERVER = "10.0.2.3"  # QEMU's, which asks the host's
NETDEV = "net"
USER = "nobody"  # whom QEMU becomes once all its files are open
# Nothing that a virtual machine needs, and much that one which was broken out of wants: programs,
# other users, the host's schedulers, and system calls that nobody uses any more (seccomp(2)).
SANDBOX = "on,obsolete=deny,spawn=deny,resourcecontrol=deny"
FIRMWARE = Path("/usr/share/OVMF")
CODE = "OVMF_CODE_4M.fd"
VARIABLES = "OVMF_VARS_4M.fd"
# TCG: one thread per virtual CPU, and a translation buffer that holds a whole control plane.
ACCELERATORS = {
    "tcg": ("-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max"),
    "kvm": ("-accel", "kvm", "-cpu", "host"),
}


@dataclass(frozen=True, slots=True)
class Machine:
    """One virtual machine. `variables` is its own UEFI variable store, None means BIOS; `port` is
    the loopback port that leads to its SSH, None means no network card. `network` lets the guest
    out; `cards` are further ones, of the guest called `name`; `monitor` is the name of its socket
    in the directory where QEMU is started. Of `uuid` a machine's id is made, where one is given.
    `disks` (qcow2) come after its own disk and the seed. Its own is connected by `bus`; `driver` is
    the guest's of the card of SSH."""

    disk: Path
    console: Path
    accelerator: str
    variables: Path | None = None
    seed: Path | None = None
    port: int | None = None
    forwards: tuple[Forward, ...] = ()
    network: bool = False
    name: str = ""
    cards: tuple[Card, ...] = ()
    uuid: str = ""
    monitor: str = ""
    memory_mib: int = 4096
    cpus: int = 2
    disks: tuple[Path, ...] = ()
    bus: str = VIRTIO
    driver: str = PLAIN


def argv(machine: Machine) -> list[str]:
    """The words that start `machine`. Without `network` it has no way out: user-mode networking
    with `restrict=on` passes nothing but the forwarded ports, which only this host reaches. With it
    the way leads out, but not to this host's loopback interface (way_out.py).

    It has to be started in the directory of its `seed`, where it has one: what is read later is
    read as another user, who gets nowhere else.
    """
    words = [*_way_out(machine), PROGRAM, "-nodefaults", "-no-user-config", "-machine", "q35"]
    words += unprivileged()
    words += ACCELERATORS[machine.accelerator]
    words += ["-m", str(machine.memory_mib), "-smp", str(machine.cpus), "-rtc", "base=utc"]
    if machine.uuid:
        words += ["-uuid", machine.uuid]
    words += ["-display", "none", "-vga", "std", "-monitor", "none"]
    if machine.monitor:
        words += ["-chardev", f"socket,id=monitor,path={machine.monitor},server=on,wait=off"]
        words += ["-mon", "chardev=monitor,mode=control"]
    words += ["-chardev", f"file,id=console,path={_option(machine.console)},append=on"]
    words += ["-serial", "chardev:console", "-device", "virtio-rng-pci"]
    if machine.variables is not None:
        words += ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={firmware_code()}"]
        words += ["-drive", f"if=pflash,unit=1,format=raw,file={_option(machine.variables)}"]
    words += [
        "-drive",
        f"if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file={_option(machine.disk)}",
        *BUSES[machine.bus],
    ]
    if machine.seed is not None:
        # QEMU shows the directory as a FAT volume: no tool has to make an image of it.
        words += [
            "-blockdev",
            "driver=vvfat,node-name=seed,read-only=on,label=CIDATA,dir=.",
            "-device",
            "virtio-blk-pci,drive=seed",
        ]
    for number, disk in enumerate(machine.disks):
        words += [
            "-drive",
            f"if=none,id=disk{number},format=qcow2,cache=unsafe,file={_option(disk)}",
            "-device",
            f"virtio-blk-pci,drive=disk{number}",
        ]
    if machine.port is not None:
        forwards = (Forward(machine.port, 22), *machine.forwards)
        passed = [f"hostfwd=tcp:{LOOPBACK}:{f.host}-{ADDRESS}:{f.guest}" for f in forwards]
        shut = "off" if machine.network else "on"
        netdev = [f"user,id={NETDEV}", f"restrict={shut}", "ipv6=off", *passed]
        words += ["-netdev", ",".join(netdev)]
        words += ["-device", f"{DRIVERS[machine.driver]},netdev={NETDEV},mac={MAC},romfile="]
    return words + cards.words(machine.name, machine.cards)


def unprivileged() -> list[str]:
    """The words that put QEMU into its sandbox, and take root's rights from it once it has opened
    what it was given."""
    if os.geteuid() != 0:
        return ["-sandbox", f"{SANDBOX},elevateprivileges=deny"]
    user = pwd.getpwnam(USER)
    ids = f"{user.pw_uid}:{user.pw_gid}"
    # Not with `elevateprivileges`: QEMU could not give its rights up then, and it wins none back:
    # it has no capabilities any more and starts no programs.
    words = ["-sandbox", SANDBOX]
    return words + (["-run-with", f"user={ids}"] if _runs_with() else ["-runas", ids])


@lru_cache(maxsize=1)
def _runs_with() -> bool:
    """Whether this QEMU has the newer spelling; the older one goes away some day."""
    if not shutil.which(PROGRAM):
        return False  # whoever starts it says so
    return re.search(r"^-run-with .*\buser=", run([PROGRAM, "-help"]).stdout, re.M) is not None


def _way_out(machine: Machine) -> list[str]:
    if not machine.network or machine.port is None:
        return []
    return [sys.executable, "-I", way_out.__file__, GATEWAY, NAME_SERVER, NETDEV]


def firmware_code() -> Path:
    """UEFI for virtual machines. Raises VES-802 when the host has none."""
    return _firmware(CODE)


def firmware_variables() -> Path:
    """The empty UEFI variable store, to be copied for each guest."""
    return _firmware(VARIABLES)


def _firmware(name: str) -> Path:
    path = FIRMWARE / name
    if not path.is_file():
        raise VesselError.of(
            "VES-802", f"the UEFI firmware {path} is missing", "Run `make setup` (package ovmf)."
        )
    return path


def _option(path: os.PathLike[str]) -> str:
    """A path as the value of a QEMU option, where a comma is written twice."""
    return os.fspath(path).replace(",", ",,")
