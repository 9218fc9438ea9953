"""Ports of the host that lead into a guest, as a person writes them: `8080:80,6443`."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._common.errors import Problem, VesselError

LOOPBACK = "127.0.0.1"
HIGHEST = 65535
WRITTEN = re.compile(r"(?:(\d{1,6}):)?(\d{1,6})")
HINT = "Write host:guest, as in `-e ports=8080:80,6443:6443`; 6443 alone means 6443:6443."


@dataclass(frozen=True, slots=True)
class Forward:
    """A TCP port of the host's loopback interface, and the guest's port that it leads to."""

    host: int
    guest: int

    def __str__(self) -> str:
        return f"{self.host}:{self.guest}"


def parse(words: Iterable[str]) -> tuple[Forward, ...]:
    """The forwards that `words` ask for. Raises VES-811 with every word that is none."""
    found: list[Forward] = []
    problems: list[Problem] = []
    for word in (word.strip() for word in words):
        match = WRITTEN.fullmatch(word)
        if match is None:
            problems.append(Problem("VES-811", f"{word!r} is no port to forward", HINT))
            continue
        forward = Forward(int(match[1] or match[2]), int(match[2]))
        if not (1 <= forward.host <= HIGHEST and 1 <= forward.guest <= HIGHEST):
            what = f"{word!r} is no port to forward: ports go from 1 to {HIGHEST}"
            problems.append(Problem("VES-811", what, HINT))
        elif any(forward.host == other.host for other in found):
            what = f"the host's port {forward.host} is to lead to two places"
            problems.append(Problem("VES-811", what, HINT))
        found.append(forward)
    if problems:
        raise VesselError(*problems)
    return tuple(found)


def require_free(ports: Sequence[int]) -> None:
    """Raises VES-812 with each of the host's `ports` that cannot be listened on; 0 is any."""
    problems = [problem for port in ports if (problem := _taken(port))]
    if problems:
        raise VesselError(*problems)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _taken(port: int) -> Problem | None:
    with socket.socket() as probe:
        # As QEMU does: what a finished connection still holds is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Problem(
                    "VES-812",
                    f"the port {port} of {LOOPBACK} is taken",
                    f"Choose another one, or see who has it: `ss -ltnp 'sport = :{port}'`.",
                )
            return Problem(
                "VES-812",
                f"the port {port} of {LOOPBACK} cannot be listened on: {error.strerror}",
                "Choose one from 1024 on; those below are the system administrator's.",
            )
    return None
