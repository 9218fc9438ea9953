from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine.cards import USER, Card, words
from ansible_collections.vessel.image.plugins.module_utils._machine.qemu import Machine, argv

DISK = Path("/x/overlay.qcow2")


def said(option: str, guest: str, *cards: Card) -> list[str]:
    return [word for before, word in pairwise(words(guest, cards)) if before == option]


def netdevs(guest: str, *cards: Card) -> list[str]:
    return said("-netdev", guest, *cards)


def segment(netdev: str) -> str:
    return netdev.partition(",id=")[0]


@pytest.mark.usefixtures("cache")
def test_guests_share_a_segment_by_its_name_and_never_beyond_loopback() -> None:
    (one,), (two,) = netdevs("one", Card("lab")), netdevs("two", Card("lab"))
    assert segment(one) == segment(two) != segment(netdevs("one", Card("other"))[0])
    assert one.startswith("socket,mcast=239.255.") and ",localaddr=127.0.0.1," in one


def test_other_users_segments_are_others(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (mine,) = netdevs("one", Card("lab"))
    monkeypatch.setenv("VESSEL_CACHE", str(cache.parent / "other"))
    assert netdevs("one", Card("lab")) != [mine]


@pytest.mark.usefixtures("cache")
def test_each_user_network_has_addresses_of_its_own_and_no_way_out() -> None:
    one, two = netdevs("one", Card(USER), Card(USER))
    assert "restrict=on,ipv4=on,net=10.0.3.0/24,ipv6=on,ipv6-prefix=fd00:3::" in one
    assert "restrict=on,ipv4=on,net=10.0.4.0/24,ipv6=on,ipv6-prefix=fd00:4::" in two


@pytest.mark.usefixtures("cache")
def test_hardware_addresses_differ_unless_they_are_given() -> None:
    cards = (Card("lab"), Card("lab"), Card("lab", mac="52:54:00:00:00:01", driver="vmxnet3"))
    made = [*said("-device", "one", *cards), *said("-device", "two", *cards)]
    assert len({each.partition("mac=")[2] for each in made}) == 5
    assert made[2] == made[5] == "vmxnet3,netdev=net3,mac=52:54:00:00:00:01,romfile="


@pytest.mark.usefixtures("cache")
def test_a_machine_has_its_cards_after_the_one_of_ssh() -> None:
    made = argv(Machine(DISK, DISK, "tcg", port=1022, name="g", cards=(Card("lab"),), uuid="u"))
    assert made.index(
        "user,id=net,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:1022-10.0.2.15:22"
    ) < (made.index(words("g", (Card("lab"),))[1]))
    assert made[made.index("-uuid") + 1] == "u"
