"""One guest: a virtual machine on a throw-away overlay of an exported image.

Its directory holds everything about it (overlay, firmware variables, seed, key, state), so any
later process finds it again by name. `starting` and `ending` are its life.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import write_text
from .._common.places import cache_root, check_kept
from .ports import Forward, parse
from .process import Process
from .ssh import Ssh, greets

STATE = "guest.json"
SEED = "seed"  # where one has a seed, QEMU is started there
API_PORT = 6443
REPORT_EVERY = 8.0  # seconds, while one waits for a guest


@dataclass(frozen=True, slots=True)
class Guest:
    """A started guest; `boots` counts its starts from 1, `seconds` is what the last one took, 0
    until it is over. `user` is the visitor's name, empty for a guest of the proof's; `identity` is
    the file with the key that lets in, where ssh does not find it itself. `ports` are its forwards.
    """

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
    user: str = ""
    identity: str = ""
    ports: str = ""
    image: str = ""

    @property
    def process(self) -> Process:
        """The virtual machine's process."""
        return Process(self.pid, self.started)

    @property
    def ssh(self) -> Ssh:
        """The way in."""
        return Ssh(place(self.name), self.port)

    @property
    def forwards(self) -> tuple[Forward, ...]:
        """The ports of this host that lead into it, besides the one of SSH."""
        return parse(filter(None, self.ports.split(",")))

    def leads_to(self, port: int) -> int | None:
        """The port of this host's loopback interface that leads to the guest's `port`."""
        return next((each.host for each in self.forwards if each.guest == port), None)

    def answers(self) -> bool:
        """Whether one can log in now."""
        return greets(self.port) if self.user else self.ssh.answers()

    @property
    def console(self) -> Path:
        """The file with everything that the guest wrote on its serial console."""
        return Path(self.logs) / f"{self.name}-console.txt"


def place(name: str) -> Path:
    """The directory of the guest called `name`."""
    return cache_root() / "proof" / "guests" / name


def find(name: str) -> Guest | None:
    """The guest of that name, if it runs. Raises VES-114 when another user may have written what is
    known of it."""
    check_kept(place(name) / STATE)
    try:
        saved = json.loads((place(name) / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    # Another version of Vessel may have started it, and saved more.
    guest = Guest(**{key: saved[key] for key in Guest.__slots__ if key in saved})
    return guest if guest.process.alive() else None


def running() -> list[Guest]:
    """All guests that run, by name."""
    names = sorted(state.parent.name for state in place("x").parent.glob(f"*/{STATE}"))
    return [guest for name in names if (guest := find(name))]


def need(name: str) -> Guest:
    """The running guest of that name. Raises VES-804 when there is none."""
    guest = find(name)
    if guest is None:
        raise VesselError.of(
            "VES-804",
            f"no guest {name!r} is running",
            "Start one: `molecule create`, after `molecule destroy` where Molecule believes that"
            " there is one.",
        )
    return guest


def save(guest: Guest) -> None:
    """Keep what is known of it in its directory."""
    write_text(place(guest.name) / STATE, json.dumps(asdict(guest)), mode=0o600)
