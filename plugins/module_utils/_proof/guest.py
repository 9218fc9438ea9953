"""One guest: a virtual machine on a throw-away overlay of an exported image.

Its directory holds everything about it (overlay, firmware variables, seed, key, state), so any
later process finds it again by name.
"""

from __future__ import annotations

import json
import shutil
import socket
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import write_text
from .._common.places import cache_root
from .._common.progress import report
from . import console, process
from .accelerator import Accelerator
from .overlay import make_overlay
from .process import Process
from .qemu import Machine, argv, firmware_variables
from .seed import write_seed
from .ssh import Ssh, make_key

STATE = "guest.json"
ARGV = "argv.json"  # of its virtual machine
BOOT_ID = "/proc/sys/kernel/random/boot_id"
# Seconds until a guest answers, by accelerator. Emulation on a busy host takes minutes.
PATIENCE = {"kvm": 240.0, "tcg": 900.0}
MOST_POWER_CYCLES = 2  # of one boot, after faults of the emulator


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to boot and how. `ssh` False means: no seed, no network card, only a login prompt."""

    image: Path
    logs: Path
    firmware: str = "uefi"
    memory_mib: int = 4096
    cpus: int = 2
    disk_gib: int = 12
    hostname: str = "vessel-proof"
    ssh: bool = True


@dataclass(frozen=True, slots=True)
class Guest:
    """A started guest; `boots` counts its starts from 1, `seconds` is what the last one took."""

    name: str
    pid: int
    started: int
    port: int
    firmware: str
    hostname: str
    accelerator: str
    reason: str
    logs: str
    boots: int = 1
    seconds: float = 0.0

    @property
    def process(self) -> Process:
        """The virtual machine's process."""
        return Process(self.pid, self.started)

    @property
    def ssh(self) -> Ssh:
        """The way in."""
        return Ssh(place(self.name), self.port)

    @property
    def console(self) -> Path:
        """The file with everything that the guest wrote on its serial console."""
        return Path(self.logs) / f"{self.name}-console.txt"


def place(name: str) -> Path:
    """The directory of the guest called `name`."""
    return cache_root() / "proof" / "guests" / name


def find(name: str) -> Guest | None:
    """The guest of that name, if it runs."""
    try:
        guest = Guest(**json.loads((place(name) / STATE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    return guest if guest.process.alive() else None


def need(name: str) -> Guest:
    """The running guest of that name. Raises VES-804 when there is none."""
    guest = find(name)
    if guest is None:
        raise VesselError.of(
            "VES-804", f"no guest {name!r} is running", "Start one: `molecule create`."
        )
    return guest


def start(name: str, wanted: Wanted, accelerator: Accelerator) -> Guest:
    """Boot a fresh guest and wait until it answers (SSH, or a login prompt without SSH).

    A guest of the same name is ended first. Raises VES-805 when it does not get there; the guest
    is ended then, its console stays in `wanted.logs`.
    """
    stop(name)
    directory = place(name)
    directory.mkdir(parents=True, mode=0o700)
    wanted.logs.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    state = Guest(name, 0, 0, port, wanted.firmware, wanted.hostname, accelerator.name,
                  accelerator.reason, str(wanted.logs.absolute()))  # fmt: skip
    # Not `name-*`: one guest's name may begin with another's.
    for kind in ("console", "journal-*", "kubeadm-init", "qemu"):
        for stale in wanted.logs.glob(f"{name}-{kind}.txt"):
            stale.unlink()
    begun = time.monotonic()
    words = argv(_machine(directory, wanted, state))
    write_text(directory / ARGV, json.dumps(words), mode=0o600)
    guest = _power_on(state)
    try:
        guest = _await(guest, wanted.ssh)
    except BaseException:
        running = find(name)
        if running is not None:
            running.process.stop()
        raise
    guest = replace(guest, seconds=round(time.monotonic() - begun, 1))
    _save(guest)
    report(f"guest {name}: up after {guest.seconds:.0f} s ({wanted.firmware}, {accelerator.name})")
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
    _save(again)
    report(f"guest {guest.name}: back after {again.seconds:.0f} s")
    return again


def stop(name: str) -> bool:
    """End the guest and remove its directory; False when there was nothing to do."""
    directory = place(name)
    guest = find(name)
    if guest is not None:
        guest.ssh.disconnect()
        guest.process.stop()
    existed = directory.exists()
    shutil.rmtree(directory, ignore_errors=True)
    return existed


def end(name: str) -> bool:
    """Keep the journal of a guest that still answers, then `stop` it."""
    guest = find(name)
    if guest is not None and (place(name) / "seed").is_dir():
        keep_journal(guest)
    return stop(name)


def keep_journal(guest: Guest) -> Path:
    """Copy the journal of the current boot to the logs. A guest that no longer answers is no
    reason to fail: its console is there."""
    path = Path(guest.logs) / f"{guest.name}-journal-{guest.boots}.txt"
    try:
        with path.open("wb") as file:
            guest.ssh.run(
                "journalctl --boot --no-pager --output=short-monotonic --no-hostname",
                stdout=file,
                timeout=180,
                check=False,
            )
    except VesselError as error:
        report(f"guest {guest.name}: no journal: {error.problems[0].what}")
    return path


def _machine(directory: Path, wanted: Wanted, state: Guest) -> Machine:
    variables = None
    if wanted.firmware == "uefi":
        variables = directory / "variables.fd"
        shutil.copyfile(firmware_variables(), variables)
    seed = None
    if wanted.ssh:
        seed = directory / "seed"
        write_seed(seed, wanted.hostname, make_key(directory))
    return Machine(
        disk=make_overlay(wanted.image, directory / "overlay.qcow2", wanted.disk_gib),
        console=state.console,
        accelerator=state.accelerator,
        variables=variables,
        seed=seed,
        port=state.port if wanted.ssh else None,
        memory_mib=wanted.memory_mib,
        cpus=wanted.cpus,
    )


def _power_on(guest: Guest) -> Guest:
    """Start the machine that `start` described."""
    words = json.loads((place(guest.name) / ARGV).read_text(encoding="utf-8"))
    running = process.start(words, Path(guest.logs) / f"{guest.name}-qemu.txt")
    guest = replace(guest, pid=running.pid, started=running.started)
    _save(guest)
    return guest


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
    deadline = time.monotonic() + PATIENCE[guest.accelerator]
    while time.monotonic() < deadline:
        text = console.read(guest.console)[after:]
        if console.panicked(text):
            if guest.accelerator == "tcg" and console.emulator_failed(text):
                return False
            raise _lost(guest, "panicked")
        if not guest.process.alive():
            raise _lost(guest, "ended by itself")
        if console.at_login(text):
            if not ssh:
                return True
            if guest.ssh.answers() and _is_new_boot(guest, unlike):
                return True
            guest.ssh.disconnect()
        time.sleep(2)
    raise _lost(guest, f"did not {'answer on SSH' if ssh else 'reach a login prompt'} in time")


def _is_new_boot(guest: Guest, unlike: str) -> bool:
    return guest.ssh.run(f"cat {BOOT_ID}", check=False).stdout.strip() not in ("", unlike)


def _lost(guest: Guest, what: str) -> VesselError:
    said = Path(guest.logs) / f"{guest.name}-qemu.txt"
    lines = console.read(guest.console).splitlines() + said.read_text(errors="replace").splitlines()
    return VesselError.of(
        "VES-805",
        f"the guest {guest.name} ({guest.firmware}, {guest.accelerator}) {what}",
        "\n".join([*console.telling(lines), f"The whole console: {guest.console}"]),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _save(guest: Guest) -> None:
    write_text(place(guest.name) / STATE, json.dumps(asdict(guest)), mode=0o600)
