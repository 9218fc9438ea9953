"""A visitor's guest gets out, and not to the services that this host has for itself.

QEMU runs with no machine in it. What a guest would send comes by a datagram socket: one frame each,
made here. libslirp connects as soon as it sees a SYN.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine import process
from ansible_collections.vessel.image.plugins.module_utils._machine.ports import Forward, free_port
from ansible_collections.vessel.image.plugins.module_utils._machine.qemu import (
    PROGRAM,
    Machine,
    argv,
)
from own_address import own_address

pytestmark = pytest.mark.skipif(not shutil.which(PROGRAM), reason="QEMU is not installed")
GUEST, GATEWAY, NAMES = "10.0.2.15", "10.0.2.2", "10.0.2.3"
MAC, OTHER = bytes.fromhex("525400123456"), bytes.fromhex("525400123402")
SYN, SYN_ACK = 0x02, 0x12


def checksum(data: bytes) -> bytes:
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    total = (total & 0xFFFF) + (total >> 16)
    return (0xFFFF - ((total & 0xFFFF) + (total >> 16))).to_bytes(2, "big")


def packet(
    protocol: int,
    target: str,
    rest: bytes,
    *,
    options: bytes = b"",
    cut: int = 0,
    sender: str = GUEST,
) -> bytes:
    """A frame with an IPv4 packet; `cut` is the field of flags and offset."""
    source, to = socket.inet_aton(sender), socket.inet_aton(target)
    head = bytearray([0x45 + len(options) // 4, 0])
    head += (20 + len(options) + len(rest)).to_bytes(2, "big") + b"\0\1"
    head += cut.to_bytes(2, "big") + bytes([64, protocol, 0, 0]) + source + to + options
    head[10:12] = checksum(bytes(head))
    return MAC + MAC + b"\x08\x00" + bytes(head) + rest


def tcp(target: str, port: int, *, flags: int = SYN, source: int = 40000, ack: int = 0,
        options: bytes = b"") -> bytes:  # fmt: skip
    rest = bytearray(source.to_bytes(2, "big") + port.to_bytes(2, "big") + b"\0\0\0\1")
    rest += ack.to_bytes(4, "big") + bytes([0x50, flags]) + b"\xff\xff\0\0\0\0"
    pseudo = socket.inet_aton(GUEST) + socket.inet_aton(target) + b"\0\6" + b"\0\x14"
    rest[16:18] = checksum(pseudo + bytes(rest))
    return packet(6, target, bytes(rest), options=options)


def udp(target: str, port: int, data: bytes, source: int = 40000) -> bytes:
    rest = source.to_bytes(2, "big") + port.to_bytes(2, "big")
    return packet(17, target, rest + (8 + len(data)).to_bytes(2, "big") + b"\0\0" + data)


@dataclass
class Wire:
    """What the guest's card would be: frames to QEMU's network and from it."""

    line: socket.socket
    port: int
    forwarded: int

    def send(self, frame: bytes) -> None:
        self.line.sendto(frame.ljust(60, b"\0"), ("127.0.0.1", self.port))

    def heard(self, seconds: float = 1.0) -> Iterator[bytes]:
        """The frames that come; what asks for the guest's hardware address is answered."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.line.settimeout(left)
            with suppress(TimeoutError):
                frame = self.line.recv(65536)
                if frame[12:14] == b"\x08\x06" and frame[38:42] == socket.inet_aton(GUEST):
                    body = b"\0\1\x08\0\6\4\0\2" + MAC + frame[38:42] + frame[22:32]
                    self.send(frame[6:12] + MAC + b"\x08\x06" + body)
                yield frame


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    port, forwarded, mine = free_port(), free_port(), free_port()
    machine = Machine(
        disk=tmp_path / "disk",
        console=tmp_path / "console",
        accelerator="tcg",
        port=forwarded,
        forwards=(Forward(free_port(), 80),),
        network=True,
    )
    words = argv(machine)
    program = words[: words.index(PROGRAM) + 1]
    options = ("-netdev", "-sandbox", "-runas", "-run-with", "-object")
    kept = [word for pair in pairwise(words) if pair[0] in options for word in pair]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", mine))
        hub = ["-netdev", f"socket,id=in,udp=127.0.0.1:{mine},localaddr=127.0.0.1:{port}"]
        hub += ["-netdev", "hubport,id=a,hubid=0,netdev=net"]
        hub += ["-netdev", "hubport,id=b,hubid=0,netdev=in"]
        empty = ["-nodefaults", "-machine", "none", "-display", "none", "-monitor", "none"]
        output = tmp_path / "output"
        running = process.start([*program, *empty, *kept, *hub], output, cwd=tmp_path)
        try:
            found = Wire(line, port, forwarded)
            deadline = time.monotonic() + 20
            while not any(_asked(frame) for frame in _ask(found)):
                assert running.alive(), output.read_text()
                assert time.monotonic() < deadline, output.read_text()
            yield found
        finally:
            running.stop()


def _ask(wire: Wire) -> Iterator[bytes]:
    """Ask for the gateway's hardware address."""
    body = b"\0\1\x08\0\6\4\0\1" + MAC + socket.inet_aton(GUEST) + bytes(6)
    wire.send(b"\xff" * 6 + MAC + b"\x08\x06" + body + socket.inet_aton(GATEWAY))
    return wire.heard(0.5)


def _asked(frame: bytes) -> bool:
    return frame[12:14] == b"\x08\x06" and frame[28:32] == socket.inet_aton(GATEWAY)


@pytest.fixture
def service() -> Iterator[tuple[socket.socket, socket.socket, int]]:
    """A TCP and a UDP service of the host on one port, for every address."""
    with (
        socket.socket() as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
    ):
        stream.bind(("0.0.0.0", 0))
        stream.listen()
        port = stream.getsockname()[1]
        datagram.bind(("0.0.0.0", port))
        for each in (stream, datagram):
            each.settimeout(1)
        yield stream, datagram, port


HOST = (GATEWAY, "127.0.0.1", "127.1.2.3", "0.0.0.0", "255.255.255.255", NAMES)


@pytest.mark.parametrize("target", HOST)
def test_no_way_to_services_of_the_loopback_interface(
    wire: Wire, service: tuple[socket.socket, socket.socket, int], target: str
) -> None:
    stream, datagram, port = service
    wire.send(tcp(target, port))
    wire.send(tcp(target, port, source=22))
    wire.send(tcp(target, port, source=40001, options=b"\1" * 40))
    wire.send(tcp(target, port, source=40002, flags=SYN | 0xC0 | 0x08))
    wire.send(udp(target, port, b"asked"))
    whole = udp(target, port, bytes(16))[34:]
    wire.send(packet(17, target, whole[:16], cut=0x2000))
    wire.send(packet(17, target, whole[16:], cut=2))
    wire.send(udp(target, port, b"asked", source=68))
    with pytest.raises(TimeoutError):
        stream.accept()
    with pytest.raises(TimeoutError):
        datagram.recv(100)


def test_the_way_out_is_open(wire: Wire, service: tuple[socket.socket, socket.socket, int]) -> None:
    stream, datagram, port = service
    target = own_address()
    wire.send(tcp(target, port))
    taken, _ = stream.accept()
    taken.close()
    wire.send(udp(target, port, b"asked"))
    assert datagram.recv(100) == b"asked"


def test_dhcp_and_ping_of_the_gateway_are_answered(wire: Wire) -> None:
    wire.send(packet(1, GATEWAY, b"\x08\0" + checksum(b"\x08\0\0\0\0\7\0\1") + b"\0\7\0\1"))
    assert any(frame[12:14] == b"\x08\0" and frame[23] == 1 for frame in wire.heard())
    ask = b"\1\1\6\0" + b"\0\0\0\7" + bytes(20) + MAC + bytes(10 + 192)
    ask += bytes.fromhex("63825363") + b"\x35\1\1\xff"
    whole = udp("255.255.255.255", 67, ask.ljust(300, b"\0"), source=68)[34:]
    wire.send(packet(17, "255.255.255.255", whole, sender="0.0.0.0"))
    offered = [frame for frame in wire.heard() if frame[12:14] == b"\x08\0" and frame[23] == 17]
    assert offered


def test_forwarded_connections_are_answered(wire: Wire) -> None:
    """SSH comes from the gateway's address: what the guest says to it then has to get there."""
    with socket.socket() as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", wire.forwarded))
        asked = next(f for f in wire.heard(5) if f[12:14] == b"\x08\0" and f[23] == 6)
        port, begin = int.from_bytes(asked[34:36], "big"), int.from_bytes(asked[38:42], "big")
        assert socket.inet_ntoa(asked[26:30]) == GATEWAY
        wire.send(tcp(GATEWAY, port, flags=SYN_ACK, source=22, ack=begin + 1))
        client.sendall(b"hello")
        assert any(b"hello" in frame for frame in wire.heard(5))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")
def test_neither_qemu_nor_the_relay_is_roots(wire: Wire) -> None:
    names = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if f"127.0.0.1:{wire.forwarded}-".encode() in b" ".join(words):
                said = dict(
                    line.split(":\t") for line in (place / "status").read_text().splitlines()
                )
                names[said["Name"]] = said
    names.pop("timeout")  # waits for QEMU, and touches nothing of the guest's
    assert len(names) == 2, names.keys()
    for said in names.values():
        assert set(said["Uid"].split()) == {"65534"}, said
        assert said["CapEff"].strip("0") == ""
        assert said["Groups"].split() in ([], ["65534"])
