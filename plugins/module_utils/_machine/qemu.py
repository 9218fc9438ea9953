"""The command line of the virtual machine in which an image is proved, or tried out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import VesselError
from .._kinds.architectures import ARCHITECTURES, BUILDER
from . import cards
from .cards import Card
from .ports import LOOPBACK, Forward

PROGRAM = ARCHITECTURES[BUILDER].qemu
MAC = "52:54:00:5e:55:01"
ADDRESS = "10.0.2.15"  # of the guest, in QEMU's user-mode network
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
    `disks` (qcow2) come after its own disk and the seed."""

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


def argv(machine: Machine) -> list[str]:
    """The words that start `machine`. Without `network` it has no way out: user-mode networking
    with `restrict=on` passes nothing but the forwarded ports, which only this host reaches."""
    words = [PROGRAM, "-nodefaults", "-no-user-config", "-machine", "q35"]
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
        "-device",
        "virtio-blk-pci,drive=disk,bootindex=0",
    ]
    if machine.seed is not None:
        # QEMU shows the directory as a FAT volume: no tool has to make an image of it.
        words += [
            "-blockdev",
            f"driver=vvfat,node-name=seed,read-only=on,label=CIDATA,dir={_option(machine.seed)}",
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
        words += ["-netdev", ",".join(["user,id=net", f"restrict={shut}", "ipv6=off", *passed])]
        words += ["-device", f"virtio-net-pci,netdev=net,mac={MAC},romfile="]
    return words + cards.words(machine.name, machine.cards)


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
