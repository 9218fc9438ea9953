"""Starting a guest and waiting until it answers; starting it again."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import write_text
from .._common.owned import make_directory
from .._common.progress import report
from . import accelerator, console, process
from .accelerator import Accelerator
from .buses import DEFAULT as VIRTIO
from .cards import PLAIN, Card
from .ending import keep_journal, stop
from .guest import API_PORT, REPORT_EVERY, SEED, Guest, find, place, save
from .login import Key
from .monitor import SOCKET
from .overlay import make_disk, make_overlay
from .ports import Forward, free_port
from .qemu import Machine, argv, firmware_variables
from .seed import NOTHING, ROOT, Given, write_seed
from .ssh import KEY, make_key

ARGV = "argv.json"  # of its virtual machine
BOOT_ID = "/proc/sys/kernel/random/boot_id"
# Seconds until a guest answers, by accelerator. Emulation on a busy host takes minutes.
PATIENCE = {"kvm": 240.0, "tcg": 900.0}
MOST_POWER_CYCLES = 2  # of one boot, after faults of the emulator


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who boots a guest to work in it: it lives until it is ended. Without a `key` one is
    made; `port` 0 is any free one; `network` lets the guest out."""

    user: str
    key: Key | None = None
    port: int = 0
    forwards: tuple[Forward, ...] = ()
    network: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to boot and how. `ssh` False means: no seed, no network card, only a login prompt.
    Without a `visitor` it is a guest of the proof's. `given` is what its seed holds besides;
    `disks_gib` are further disks, which are empty; `cards` come after the one of SSH. Guests with
    one `uuid` get one machine id, as clones of a machine that was started before have. Its own disk
    is connected by `bus`; the guest's driver of the card of SSH is `driver`."""

    image: Path
    logs: Path
    firmware: str = "uefi"
    memory_mib: int = 4096
    cpus: int = 2
    disk_gib: int = 12
    hostname: str = "vessel-proof"
    ssh: bool = True
    visitor: Visitor | None = None
    given: Given = NOTHING
    disks_gib: tuple[int, ...] = ()
    cards: tuple[Card, ...] = ()
    uuid: str = ""
    bus: str = VIRTIO
    driver: str = PLAIN


def boot(name: str, wanted: Wanted, asked: str = "auto") -> Guest:
    """`start` under the accelerator that is `asked` for; `auto` emulates where KVM fails."""
    chosen = accelerator.choose(wanted.image, asked)
    try:
        return start(name, wanted, chosen)
    except VesselError:
        if (chosen.name, asked) != ("kvm", "auto"):
            raise
        return start(name, wanted, accelerator.distrust())


def start(name: str, wanted: Wanted, chosen: Accelerator) -> Guest:
    """Boot a fresh guest and wait until it answers (SSH, or a login prompt without SSH).

    A guest of the same name is ended first. Raises VES-805 when it does not get there; the guest
    is ended then, its console stays in `wanted.logs`.
    """
    stop(name)
    visitor = wanted.visitor
    forwards = visitor.forwards if visitor else ()
    if wanted.ssh and not visitor:  # a proof asks the API server from here
        forwards = (Forward(free_port(), API_PORT),)
    port = visitor.port if visitor and visitor.port else free_port()
    directory = place(name)
    make_directory(directory.parent)
    directory.mkdir(mode=0o700)
    wanted.logs.mkdir(parents=True, exist_ok=True)
    state = Guest(
        name=name,
        pid=0,
        started=0,
        port=port,
        firmware=wanted.firmware,
        hostname=wanted.hostname,
        accelerator=chosen.name,
        reason=chosen.reason,
        logs=str(wanted.logs.absolute()),
        user=visitor.user if visitor else "",
        identity=visitor.key.identity if visitor and visitor.key else str(directory / KEY),
        ports=",".join(map(str, forwards)),
        image=str(wanted.image),
    )
    # Not `name-*`: one guest's name may begin with another's.
    for kind in ("console", "journal-*", "kubeadm-init", "qemu"):
        for stale in wanted.logs.glob(f"{name}-{kind}.txt"):
            stale.unlink()
    words = argv(_machine(directory, wanted, state))
    write_text(directory / ARGV, json.dumps(words), mode=0o600)
    return settle(_power_on(state), wanted.ssh)


def settle(guest: Guest, ssh: bool = True) -> Guest:
    """Wait until a guest that was powered on answers; when it does not, it is ended (VES-805)."""
    begun = time.monotonic()
    try:
        guest = _await(guest, ssh)
    except BaseException:
        if (alive := find(guest.name)) is not None:
            alive.process.stop()
        raise
    guest = replace(guest, seconds=max(0.1, round(time.monotonic() - begun, 1)))
    save(guest)
    way = f"{guest.firmware}, {guest.accelerator}"
    report(f"guest {guest.name}: up after {guest.seconds:.0f} s ({way})")
    return guest


def reboot(guest: Guest) -> Guest:
    """Reboot from inside and wait until the guest answers with another boot id; keeps the journal.

    Raises VES-805 when it does not come back.
    """
    keep_journal(guest)
    before = guest.ssh.run(f"cat {BOOT_ID}").stdout.strip()
    mark = len(console.read(guest.console))
    begun = time.monotonic()
    report(f"guest {guest.name}: rebooting")
    # The answer may be lost with the connection; what counts is the new boot id.
    guest.ssh.run("systemctl reboot", check=False, timeout=120)
    guest.ssh.disconnect()
    guest = _await(guest, True, after=mark, unlike=before)
    again = replace(guest, boots=guest.boots + 1, seconds=round(time.monotonic() - begun, 1))
    save(again)
    report(f"guest {guest.name}: back after {again.seconds:.0f} s")
    return again


def _machine(directory: Path, wanted: Wanted, state: Guest) -> Machine:
    variables = None
    if wanted.firmware == "uefi":
        variables = directory / "variables.fd"
        shutil.copyfile(firmware_variables(), variables)
    seed = None
    visitor = wanted.visitor
    network = visitor is not None and visitor.network
    if wanted.ssh:
        seed = directory / SEED
        key = visitor.key.line if visitor and visitor.key else make_key(directory)
        user = state.user or ROOT
        write_seed(seed, wanted.hostname, key, user=user, network=network, given=wanted.given)
    return Machine(
        disk=make_overlay(wanted.image, directory / "overlay.qcow2", wanted.disk_gib),
        console=state.console,
        accelerator=state.accelerator,
        variables=variables,
        seed=seed,
        port=state.port if wanted.ssh else None,
        forwards=state.forwards,
        network=network,
        name=state.name,
        cards=wanted.cards,
        uuid=wanted.uuid,
        bus=wanted.bus,
        driver=wanted.driver,
        # It is started in its seed, and root's directory is not for whom it becomes.
        monitor=f"../{SOCKET}" if visitor else "",
        memory_mib=wanted.memory_mib,
        cpus=wanted.cpus,
        disks=tuple(
            make_disk(directory / f"disk{number}.qcow2", size)
            for number, size in enumerate(wanted.disks_gib)
        ),
    )


def _power_on(guest: Guest) -> Guest:
    """Start the machine that `start` described."""
    directory = place(guest.name)
    words = json.loads((directory / ARGV).read_text(encoding="utf-8"))
    output = Path(guest.logs) / f"{guest.name}-qemu.txt"
    within = directory / SEED if (directory / SEED).is_dir() else directory

    born = process.start(
        words,
        output,
        note=lambda born: save(_by(born, guest)),
        cwd=within,
        lasting=bool(guest.user),
    )
    return _by(born, guest)


def _by(born: process.Process, guest: Guest) -> Guest:
    """The guest as this process has it."""
    return replace(guest, pid=born.pid, started=born.started)


def _await(guest: Guest, ssh: bool, after: int = 0, unlike: str = "") -> Guest:
    """Wait for a login prompt past position `after` of the console, then for SSH (and a boot id
    other than `unlike`). Where the emulator broke the kernel, it is powered on again."""
    for _ in range(MOST_POWER_CYCLES):
        if _came_up(guest, ssh, after, unlike):
            return guest
        report(f"guest {guest.name}: QEMU's emulation broke its kernel; powering it on again")
        guest.process.stop()
        after = len(console.read(guest.console))
        guest = _power_on(guest)
    if _came_up(guest, ssh, after, unlike):
        return guest
    raise _lost(guest, "panicked, by a fault of QEMU's emulation, each time it was powered on")


def _came_up(guest: Guest, ssh: bool, after: int, unlike: str) -> bool:
    """True when it did, False when the emulator broke the kernel; VES-805 for all else."""
    begun = told = time.monotonic()
    while (now := time.monotonic()) < begun + PATIENCE[guest.accelerator]:
        text = console.read(guest.console)[after:]
        if now - told >= REPORT_EVERY:
            told = now
            said = console.last_line(text)
            report(f"guest {guest.name}: {now - begun:.0f} s ({guest.accelerator}): {said}")
        if console.panicked(text):
            if guest.accelerator == "tcg" and console.emulator_failed(text):
                return False
            raise _lost(guest, "panicked")
        if not guest.process.alive():
            raise _lost(guest, "ended by itself")
        if console.at_login(text):
            if not ssh:
                return True
            if guest.answers() and _is_new_boot(guest, unlike):
                return True
            guest.ssh.disconnect()
        time.sleep(2)
    raise _lost(guest, f"did not {'answer on SSH' if ssh else 'reach a login prompt'} in time")


def _is_new_boot(guest: Guest, unlike: str) -> bool:
    if guest.user:
        return True  # only the visitor gets in, and a visitor's guest is not rebooted by us
    return guest.ssh.run(f"cat {BOOT_ID}", check=False).stdout.strip() not in ("", unlike)


def _lost(guest: Guest, what: str) -> VesselError:
    said = Path(guest.logs) / f"{guest.name}-qemu.txt"
    lines = console.read(guest.console).splitlines() + said.read_text(errors="replace").splitlines()
    return VesselError.of(
        "VES-805",
        f"the guest {guest.name} ({guest.firmware}, {guest.accelerator}) {what}",
        "\n".join([*console.telling(lines), f"Read the whole console: {guest.console}"]),
    )
