"""Starts QEMU so that its guest gets out, but not to services of this host's loopback interface.

    python3 way_out.py <gateway> <name server> <netdev> <qemu> <words>…

QEMU's user network (libslirp) connects to whatever a guest asks for by sockets of this host. So its
gateway's address leads to 127.0.0.1, where services stand that trust whoever gets there, and
so does a packet to 127.0.0.1 itself. QEMU has no option against it. Hence what a guest sends goes
through a process of ours first, which passes on what does not lead to this host. When it ends, no
way out is left.

Frames come and go as filter-redirector has them: each after its length, four bytes, the first the
highest (QEMU, net/filter-mirror.c). This file stands alone: it runs as its own program.
"""

from __future__ import annotations

import ipaddress
import os
import pwd
import select
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

USER = "nobody"
IPV4, ARP = b"\x08\x00", b"\x08\x06"
ICMP, TCP, UDP = 1, 6, 17
DNS, DHCP = 53, 67
SYN, ACK = 0x02, 0x10
MORE_OR_OFFSET = 0x3FFF  # of the field of flags and offset: nonzero in each fragment (RFC 791)
MOST = 4 << 20  # bytes that wait for QEMU; what comes then is lost, as in any network
# This host by other names, its link's services (such as a cloud's metadata), and no one's.
CLOSED = [
    ipaddress.ip_network(each)
    for each in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
]


@dataclass(frozen=True, slots=True)
class Rule:
    """Which frames of a guest pass: `gateway` and `name_server` are of the user network."""

    gateway: ipaddress.IPv4Address
    name_server: ipaddress.IPv4Address

    def passes(self, frame: bytes) -> bool:
        """Whether a frame may leave. What is no whole IPv4 packet, or ARP, may not."""
        if frame[12:14] == ARP:
            return True
        begin = 14 + 4 * (frame[14] & 15) if len(frame) >= 34 else 0
        if frame[12:14] != IPV4 or frame[14] >> 4 != 4 or begin < 34:
            return False
        target, protocol, rest = ipaddress.IPv4Address(frame[30:34]), frame[23], frame[begin:]
        whole = not int.from_bytes(frame[20:22], "big") & MORE_OR_OFFSET
        port = int.from_bytes(rest[2:4], "big")
        if target in (self.gateway, ipaddress.IPv4Address("255.255.255.255")):
            if not whole:
                return False
            if protocol == UDP:
                return port == DHCP
            return target == self.gateway and (protocol == ICMP or _answers(protocol, rest))
        if target == self.name_server:
            return whole and protocol in (TCP, UDP) and port == DNS
        return not any(target in network for network in CLOSED)


def _answers(protocol: int, rest: bytes) -> bool:
    """Whether it belongs to a connection that this host began, such as SSH's. libslirp makes one
    for a SYN without ACK only."""
    return protocol == TCP and len(rest) >= 20 and rest[13] & (SYN | ACK) != SYN


def frames(came: bytearray) -> Iterator[bytes]:
    """Take the whole frames off the begin of `came`."""
    while len(came) >= 4 and len(came) >= (end := 4 + int.from_bytes(came[:4], "big")):
        yield bytes(came[4:end])
        del came[:end]


def relay(guest: socket.socket, way: socket.socket, rule: Rule) -> None:
    """Hand on what passes until the guest's machine has ended.

    QEMU waits until what it writes is read, so that is never made to wait for what QEMU reads.
    """
    came, waiting = bytearray(), bytearray()
    way.setblocking(False)
    while True:
        readable, writable, _ = select.select([guest], [way] if waiting else [], [])
        if writable:
            del waiting[: way.send(waiting)]
        if readable:
            data = guest.recv(1 << 16)
            if not data:
                return
            came += data
            for frame in frames(came):
                if rule.passes(frame) and len(waiting) < MOST:
                    waiting += len(frame).to_bytes(4, "big") + frame


def main() -> None:
    """The command line. QEMU takes this process over; the relay is its child."""
    gateway, name_server, netdev, *words = sys.argv[1:]
    rule = Rule(ipaddress.IPv4Address(gateway), ipaddress.IPv4Address(name_server))
    guest, out = socket.socketpair()
    way, back = socket.socketpair()
    if os.fork() == 0:
        out.close()
        back.close()
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        relay(guest, way, rule)
        return
    for end in (out, back):
        os.set_inheritable(end.fileno(), True)
    # The later filter is met first by what a guest sends (as for QEMU's COLO, docs/colo-proxy.txt).
    words += ["-chardev", f"socket,id=guest,fd={out.fileno()}"]
    words += ["-chardev", f"socket,id=way,fd={back.fileno()}"]
    words += ["-object", f"filter-redirector,id=passed,netdev={netdev},queue=rx,indev=way"]
    words += ["-object", f"filter-redirector,id=asked,netdev={netdev},queue=rx,outdev=guest"]
    os.execvp(words[0], words)


if __name__ == "__main__":
    main()
