"""Who logs in to a guest that a person boots, and with which key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import VesselError

# ssh(1) offers a user's keys in this order.
USUAL = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk")
# A line of authorized_keys (sshd(8)) without options: type, base64, and perhaps a comment.
PUBLIC = re.compile(
    r"(?:ssh-(?:rsa|ed25519)|ecdsa-sha2-nistp\d+|sk-\S+@openssh\.com) [A-Za-z0-9+/]+={0,3}(?: .*)?"
)
PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|^PuTTY-User-Key-File", re.MULTILINE)
# What useradd(8) takes.
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
GUEST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key's line. `identity` is what `ssh -i` wants, empty when ssh finds it itself."""

    line: str
    identity: str = ""


def check_user(name: str) -> str:
    """`name`, which is one that Debian takes for a user. Raises VES-814 when it is not."""
    if not USER.fullmatch(name):
        raise VesselError.of(
            "VES-814",
            f"{name!r} is no name for a user",
            "Small letters, digits, - and _, beginning with a letter, 32 at most.",
        )
    return name


def check_guest(name: str) -> str:
    """`name`, which is one for a guest and its directory. Raises VES-815 when it is not."""
    if not GUEST.fullmatch(name):
        raise VesselError.of(
            "VES-815",
            f"{name!r} is no name for a guest",
            "Letters, digits, dots, - and _, beginning with a letter or digit, 63 at most.",
        )
    return name


def find_key(named: Path | None, home: Path) -> Key | None:
    """The key in the file `named`, else the first public one of `home`'s `.ssh`, else None.

    Raises VES-813 when a file cannot be read or holds no public key.
    """
    if named is not None:
        return read_key(named.expanduser(), home)
    for name in USUAL:
        file = home / ".ssh" / f"{name}.pub"
        if file.exists():
            return read_key(file, home)
    return None


def read_key(file: Path, home: Path) -> Key:
    """The public key in `file`; errors as `find_key`."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise VesselError.of(
            "VES-813",
            f"the public key {file} cannot be read: {why}",
            "Name another with `-e public_key=FILE`; `ssh-keygen -t ed25519` makes a pair.",
        ) from error
    if PRIVATE.search(text):
        # The text itself is shown nowhere, and goes nowhere.
        raise VesselError.of(
            "VES-813",
            f"{file} is a private key, which must not leave this host",
            f"Name its public half: `-e public_key={file.with_name(file.name + '.pub')}`.",
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()[:1] not in ("", "#")]
    if len(lines) != 1 or not PUBLIC.fullmatch(lines[0]):
        raise VesselError.of(
            "VES-813",
            f"{file} does not hold exactly one public SSH key",
            "It is one line such as `ssh-ed25519 AAAA… you@there`; `ssh-keygen -y -f KEY` prints"
            " that of a private key.",
        )
    return Key(lines[0], _identity(file.absolute(), home))


def _identity(file: Path, home: Path) -> str:
    private = file.with_suffix("") if file.suffix == ".pub" else file
    if private.parent == home / ".ssh" and private.name in USUAL:
        return ""
    # The public half alone is right when an agent has the other.
    return str(private if private.exists() else file)
