"""Running shell scripts in a guest over SSH, with a key made for one run."""

from __future__ import annotations

import os
import shlex
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .._common.errors import VesselError
from .._common.run import Result, run
from .ports import LOOPBACK

KEY = "id_ed25519"
KNOWN_HOSTS = "known_hosts"
USER = "root"
# One login costs seconds under emulation, so all scripts share one connection. The socket's name
# is relative to the guest's directory: a socket address holds no more than 107 bytes.
OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": "30",
    "ControlMaster": "auto",
    "ControlPath": "ssh.socket",
    "ControlPersist": "900",
    "IdentitiesOnly": "yes",
    "IdentityAgent": "none",
    "LogLevel": "ERROR",
    "ServerAliveCountMax": "20",
    "ServerAliveInterval": "15",
    # The first answer fixes the key for this guest: one that changed at a reboot is refused.
    "StrictHostKeyChecking": "accept-new",
    "UserKnownHostsFile": KNOWN_HOSTS,
}


@dataclass(frozen=True, slots=True)
class Ssh:
    """The way into one guest; `directory` holds key, known hosts and the connection's socket."""

    directory: Path
    port: int

    def run(  # noqa: PLR0913 - each is a distinct property of one script
        self,
        script: str,
        *,
        stdin: bytes | IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        timeout: float = 180,
        check: bool = True,
        what: str = "",
    ) -> Result:
        """Run `script` with bash (`-e`, `pipefail`) as root and wait at most `timeout` seconds.

        Raises VES-102 when it fails and `check` is set, VES-103 on a timeout.
        """
        command = f"bash -eo pipefail -c {shlex.quote(script)}"
        return run(
            [*self._argv(), f"{USER}@{LOOPBACK}", "--", command],
            cwd=self.directory,
            stdin=stdin,
            stdout=stdout,
            timeout=timeout,
            check=check,
            what=what or "a script in the guest",
        )

    def answers(self) -> bool:
        """Whether a login works now."""
        try:
            return self.run("true", timeout=60, check=False).status == 0
        except VesselError:
            return False

    def disconnect(self) -> None:
        """End the shared connection, if there is one."""
        run(
            [*self._argv(), "-O", "exit", LOOPBACK],
            cwd=self.directory,
            timeout=20,
            check=False,
        )
        (self.directory / OPTIONS["ControlPath"]).unlink(missing_ok=True)

    def _argv(self) -> list[str]:
        options = [word for key, value in OPTIONS.items() for word in ("-o", f"{key}={value}")]
        return ["ssh", "-F", os.devnull, "-i", KEY, "-p", str(self.port), *options]


def greets(port: int) -> bool:
    """Whether an SSH server answers on a loopback port. QEMU takes the connection before the guest
    does, so it is the server's greeting that counts (RFC 4253, 4.2)."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=5) as line:
            return line.recv(4) == b"SSH-"
    except OSError:
        return False


def make_key(directory: Path) -> str:
    """Make the key pair in `directory`; returns the public key's line."""
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "vessel", "-f", KEY],
        cwd=directory)  # fmt: skip
    return (directory / f"{KEY}.pub").read_text(encoding="utf-8").strip()
