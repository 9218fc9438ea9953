"""Network cards of a guest, and the networks on which they are.

A network is the user network of one card, or a segment that guests of this user share by its name.
A segment is a multicast group on the host's loopback interface (QEMU's `-netdev socket,mcast=`): no
guest has to be started first, none has a way out, and no other machine hears it. Like a hub it
gives a card its own frames back, so a guest that has a bridge on it logs that it saw its own
address; that is harmless.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .._common.places import cache_root
from .ports import LOOPBACK

USER = "user"
DRIVERS = {"virtio_net": "virtio-net-pci", "vmxnet3": "vmxnet3"}  # the guest's, and QEMU's name
PLAIN = "virtio_net"
FIRST_PORT, PORTS = 20000, 10000  # of segments: below those that the host gives out by itself


@dataclass(frozen=True, slots=True)
class Card:
    """A card besides the one that SSH has. `network` is `USER` or the name of a segment; `mac` its
    hardware address, without which one follows from the guest's name; `driver` is the guest's."""

    network: str
    mac: str = ""
    driver: str = PLAIN


def words(guest: str, cards: tuple[Card, ...]) -> list[str]:
    """QEMU's words for the further `cards` of a guest, in their order."""
    made: list[str] = []
    for number, card in enumerate(cards, start=1):
        netdev = f"net{number}"
        mac = card.mac or _mac(guest, number)
        made += ["-netdev", f"{_network(card.network, number)},id={netdev}"]
        made += ["-device", f"{DRIVERS[card.driver]},netdev={netdev},mac={mac},romfile="]
    return made


def _network(name: str, number: int) -> str:
    """The user network gives its card the address 10.0.<2 + number>.15 by DHCP, and the prefix
    fd00:<2 + number>::/64 by router advertisement."""
    if name == USER:
        subnet = 2 + number
        ipv4, ipv6 = f"net=10.0.{subnet}.0/24", f"ipv6-prefix=fd00:{subnet}::"
        return f"user,restrict=on,ipv4=on,{ipv4},ipv6=on,{ipv6}"
    digest = _digest(f"{cache_root()}/{name}")
    port = FIRST_PORT + int.from_bytes(digest[2:4], "big") % PORTS
    # 239.255.0.0/16 is for sites of their own (RFC 2365).
    return f"socket,mcast=239.255.{digest[0]}.{digest[1]}:{port},localaddr={LOOPBACK}"


def _mac(guest: str, number: int) -> str:
    return ":".join(["52:54:00", *(f"{byte:02x}" for byte in _digest(f"{guest}/{number}")[:3])])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
