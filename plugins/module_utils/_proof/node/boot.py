"""Checks of a first boot: firmware, console, cloud-init and what it made."""

from __future__ import annotations

from ..._machine import console
from ..check import Verdict, check, compare, good
from ..context import Context
from ..phases import BIOS, NODE

GROWN_MIB = 10 * 1024


@check("console.login", BIOS.at(10), NODE.at(10))
def login(context: Context) -> Verdict:
    """The guest reached a login prompt, and still runs."""
    guest = context.machine
    text = console.read(guest.console)
    if not guest.process.alive():
        return Verdict(False, "a guest that runs", "its virtual machine has ended")
    if not console.at_login(text):
        return Verdict(False, "a login prompt", console.last_line(text))
    return good(f"a login prompt under {guest.firmware} after {guest.seconds:.0f} s")


@check("node.cloud_init", NODE.at(20), step=True)
def cloud_init(context: Context) -> Verdict:
    """cloud-init ended well, with the user data of the seed."""
    # Status 2 means "done, but with recoverable errors", such as a deprecated key.
    said = context.sh("cloud-init status --wait --long", timeout=600)
    status = next((li.split()[-1] for li in said.splitlines() if li.startswith("status:")), "?")
    return compare("done", status, console.telling(said.splitlines()))


@check("node.firmware", NODE.at(30))
def firmware(context: Context) -> Verdict:
    """The machine was really started by the firmware that was asked for."""
    seen = context.sh("test -d /sys/firmware/efi && echo uefi || echo bios")
    return compare(context.machine.firmware, seen)


@check("node.user_data", NODE.at(40))
def user_data(context: Context) -> Verdict:
    """The host name is that of the user data. (Its SSH key was what let us in.)"""
    return compare(context.machine.hostname, context.sh("hostname"))


@check("node.identity", NODE.at(50))
def identity(context: Context) -> Verdict:
    """The first boot made what the image must not have: a machine id and SSH host keys."""
    script = "cat /etc/machine-id | wc -c; ls /etc/ssh/ssh_host_*_key | wc -l"
    length, keys = (int(word) for word in context.sh(script).split())
    passed = length == 33 and keys > 0
    return Verdict(passed, "a machine id and host keys", f"{length - 1} digits, {keys} keys")


@check("node.root_grown", NODE.at(60))
def root_grown(context: Context) -> Verdict:
    """Partition and file system took the larger disk."""
    size = int(context.sh("df --output=size -m / | tail -n 1") or 0)
    lines = context.sh("journalctl -b --no-pager -g 'growpart|growfs|repart|resize' | tail -n 8")
    actual = f"{size} MiB"
    return Verdict(size >= GROWN_MIB, f"at least {GROWN_MIB} MiB", actual, tuple(lines.split("\n")))
