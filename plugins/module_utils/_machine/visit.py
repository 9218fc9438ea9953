"""A guest for a person: the image as its user would start it, with the user's own key.

It is a guest as the proof's are, on an overlay of the exported file. It lives until it is ended,
and what was written in it is gone then.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import VesselError
from .._export.exported import Exported, read_bootable
from .._spec.load import load_spec
from . import ending, guest, login, ports, starting
from .guest import Guest
from .ssh import KNOWN_HOSTS


@dataclass(frozen=True, slots=True)
class Wish:
    """What to boot for whom, as it was asked for; see the module `boot` for each."""

    output: Path
    spec: Path
    name: str = ""
    user: str = "vessel"
    public_key: Path | None = None
    ports: tuple[str, ...] = ()
    ssh_port: int = 0
    network: str = "nat"
    firmware: str = "uefi"
    accelerator: str = "auto"
    memory: int = 4096
    cpus: int = 2
    disk: int = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether anything was done, or would be; the guests that run after it; and what to tell."""

    changed: bool
    guests: tuple[Guest, ...]
    lines: tuple[str, ...]


def present(wish: Wish, *, check: bool = False) -> Answer:
    """Boot a guest unless one of that name runs.

    Raises VES-801 without an image, VES-811 and VES-812 for ports, VES-813 for a key, VES-814 and
    VES-815 for names, VES-817 for another's guest, and what `starting.start` raises.
    """
    exported = find_image(wish)
    name = login.check_guest(wish.name or exported.name)
    if there := guest.find(name):
        if not there.user:
            raise VesselError.of(
                "VES-817",
                f"the guest {name} belongs to a proof that is running",
                "Give yours another name: `-e guest=NAME`.",
            )
        settled = there if there.seconds or check else starting.settle(there)
        return Answer(False, (settled,), ("it was running already", *how_to_get_in(settled)))
    visitor = starting.Visitor(
        user=login.check_user(wish.user),
        key=login.find_key(wish.public_key, Path.home()),
        port=wish.ssh_port,
        forwards=ports.parse(wish.ports),
        network=wish.network == "nat",
    )
    ports.require_free([wish.ssh_port, *(forward.host for forward in visitor.forwards)])
    if check:
        return Answer(True, (), (f"would boot {exported.image.name} as the guest {name}",))
    wanted = starting.Wanted(
        image=exported.image,
        logs=guest.place(name) / "logs",
        firmware=wish.firmware,
        memory_mib=wish.memory,
        cpus=wish.cpus,
        disk_gib=wish.disk,
        hostname=exported.name,
        visitor=visitor,
    )
    booted = starting.boot(name, wanted, wish.accelerator)
    return Answer(True, (booted,), how_to_get_in(booted))


def absent(wish: Wish, *, check: bool = False) -> Answer:
    """Switch the guest off and remove all that belongs to it."""
    name = login.check_guest(wish.name or _directory(wish).name)
    there = guest.find(name)
    if there is not None and not there.user:
        raise VesselError.of(
            "VES-817",
            f"the guest {name} belongs to a proof that is running",
            "`molecule destroy` ends it.",
        )
    changed = guest.place(name).exists() if check else ending.end(name)
    return Answer(changed, (), (f"the guest {name} {'has ended' if changed else 'was not there'}",))


def described() -> Answer:
    """The guests that run, and how to get in."""
    guests = tuple(guest.running())
    lines = [line for each in guests for line in how_to_get_in(each)]
    return Answer(False, guests, tuple(lines) or ("no guest is running",))


def find_image(wish: Wish) -> Exported:
    """The exported image: `output` itself when it holds one, else the spec's below it."""
    exported = read_bootable(_directory(wish))
    if not exported.image.is_file():
        raise VesselError.of(
            "VES-801",
            f"there is no image {exported.image}",
            "Build it: `ansible-playbook build-image.yml`.",
        )
    return exported


def _directory(wish: Wish) -> Path:
    """Named as the spec is, as all directories of exported images are."""
    if (wish.output / "manifest.json").is_file():
        return wish.output
    return wish.output / load_spec(wish.spec).name


def how_to_get_in(running: Guest) -> tuple[str, ...]:
    """What a person needs to know of a guest, line by line."""
    state = f"up after {running.seconds:.0f} s" if running.seconds else "starting"
    lines = [f"guest {running.name}: {state} ({running.firmware}, {running.accelerator})"]
    if not running.user:
        return (f"{lines[0]}, of a proof",)
    lines.append(f"  get in:  {ssh_command(running)}")
    for forward in running.forwards:
        way = f"{ports.LOOPBACK}:{forward.host} leads to the guest's {forward.guest}"
        lines.append(f"  port:    {way}")
    lines += [f"  image:   {running.image}", f"  console: {running.console}"]
    lines.append("  end it:  the same command with -e state=absent")
    return tuple(lines)


def ssh_command(running: Guest) -> str:
    """The command that logs in, to be pasted into a shell."""
    known = f"UserKnownHostsFile={_quoted(guest.place(running.name) / KNOWN_HOSTS)}"
    words = ["ssh", "-p", str(running.port), "-o", known, "-o", "StrictHostKeyChecking=accept-new"]
    if running.identity:
        words += ["-o", "IdentitiesOnly=yes", "-i", running.identity]
    return shlex.join([*words, f"{running.user}@{ports.LOOPBACK}"])


def _quoted(path: Path) -> str:
    """A file in an option of ssh_config(5), which takes a blank for the next file's begin."""
    return f'"{path}"' if " " in str(path) else str(path)
