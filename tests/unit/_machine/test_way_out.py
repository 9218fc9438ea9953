from __future__ import annotations

import socket
import threading
from ipaddress import IPv4Address

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine.way_out import Rule, relay

RULE = Rule(IPv4Address("10.0.2.2"), IPv4Address("10.0.2.3"))
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
TCP, UDP, ICMP, SCTP = 6, 17, 1, 132


def frame(target: str, protocol: int, rest: bytes, *, cut: int = 0, words: int = 5) -> bytes:
    head = (
        bytes([0x40 + words, 0, 0, 0, 0, 0]) + cut.to_bytes(2, "big") + bytes([64, protocol, 0, 0])
    )
    head += (
        IPv4Address("10.0.2.15").packed
        + IPv4Address(target).packed
        + bytes(max(0, 4 * (words - 5)))
    )
    return bytes(12) + IPV4 + head + rest


def tcp(port: int, flags: int) -> bytes:
    return bytes(2) + port.to_bytes(2, "big") + bytes(9) + bytes([flags]) + bytes(6)


def udp(port: int) -> bytes:
    return bytes(2) + port.to_bytes(2, "big") + bytes(4)


@pytest.mark.parametrize(
    ("sent", "passes"),
    [
        (frame("198.51.100.1", TCP, tcp(443, 2)), True),
        (frame("192.168.1.7", UDP, udp(53)), True),
        (frame("198.51.100.1", TCP, tcp(443, 2), cut=0x2000), True),
        (frame("10.0.2.2", TCP, tcp(22, 0x12)), True),  # answers of the guest's SSH
        (frame("10.0.2.2", TCP, tcp(22, 0x10), words=15), True),
        (frame("10.0.2.2", TCP, tcp(22, 0x04)), True),
        (frame("10.0.2.2", UDP, udp(67)), True),
        (frame("255.255.255.255", UDP, udp(67)), True),
        (frame("10.0.2.2", ICMP, bytes(8)), True),
        (frame("10.0.2.3", UDP, udp(53)), True),
        (frame("10.0.2.3", TCP, tcp(53, 2)), True),
        (bytes(12) + b"\x08\x06" + bytes(28), True),
        (frame("10.0.2.2", TCP, tcp(22, 2)), False),
        (frame("10.0.2.2", TCP, tcp(22, 2), words=15), False),
        (frame("10.0.2.2", TCP, tcp(22, 0xEA)), False),  # SYN with all else but ACK
        (frame("10.0.2.2", TCP, tcp(22, 0x12), cut=0x2000), False),
        (frame("10.0.2.2", TCP, tcp(22, 0x12), cut=1), False),
        (frame("10.0.2.2", TCP, tcp(22, 0x12)[:19]), False),
        (frame("10.0.2.2", UDP, udp(53)), False),
        (frame("10.0.2.2", UDP, udp(67), cut=0x2000), False),
        (frame("10.0.2.2", SCTP, bytes(20)), False),
        (frame("255.255.255.255", TCP, tcp(80, 2)), False),
        (frame("255.255.255.255", UDP, udp(69)), False),
        (frame("10.0.2.3", TCP, tcp(80, 2)), False),
        (frame("10.0.2.3", ICMP, bytes(8)), False),
        (frame("127.0.0.1", TCP, tcp(80, 2)), False),
        (frame("127.0.0.1", TCP, tcp(80, 0x10)), False),
        (frame("127.0.0.1", UDP, udp(67)), False),
        (frame("127.255.255.254", UDP, udp(53)), False),
        (frame("0.0.0.0", TCP, tcp(80, 2)), False),
        (frame("169.254.169.254", TCP, tcp(80, 2)), False),  # a cloud's metadata
        (frame("224.0.0.251", UDP, udp(5353)), False),
        (frame("198.51.100.1", TCP, tcp(443, 2), words=4), False),
        (bytes(12) + IPV6 + bytes(60), False),
        (bytes(12) + b"\x81\0" + bytes(4) + frame("127.0.0.1", TCP, tcp(80, 2))[12:], False),
        (bytes(12) + IPV4 + bytes(10), False),
        (b"", False),
    ],
)
def test_what_passes(sent: bytes, passes: bool) -> None:
    assert RULE.passes(sent) is passes


def test_the_relay_never_waits_for_whom_it_serves() -> None:
    """QEMU reads nothing while it writes: frames that nobody takes are lost, and no more."""
    guest, mine = socket.socketpair()
    way, back = socket.socketpair()
    good, bad = frame("198.51.100.1", TCP, tcp(1, 2)), frame("127.0.0.1", TCP, tcp(1, 2))
    thread = threading.Thread(target=relay, args=(mine, way, RULE))
    thread.start()
    guest.settimeout(20)
    try:
        for _ in range(200):  # more than it keeps
            guest.sendall((len(good).to_bytes(4, "big") + good) * 1000)
        piece = len(bad).to_bytes(4, "big") + bad
        for at in range(len(piece)):
            guest.sendall(piece[at : at + 1])
        back.settimeout(20)
        came = back.recv(4 + len(good), socket.MSG_WAITALL)
        assert came[4:] == good
    finally:
        guest.close()
        thread.join(20)
        for each in (mine, way, back):
            each.close()
    assert not thread.is_alive()
