from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._proof.qemu import Machine, argv

DISK, CONSOLE = Path("/x/overlay.qcow2"), Path("/x/con,sole.txt")


def test_the_guest_has_no_network_but_the_forwarded_port() -> None:
    words = argv(Machine(DISK, CONSOLE, "tcg", port=40001))
    (net,) = [word for word in words if word.startswith("user,")]
    assert "restrict=on" in net
    assert "hostfwd=tcp:127.0.0.1:40001-10.0.2.15:22" in net


def test_without_a_port_there_is_no_card() -> None:
    assert not any("net" in word for word in argv(Machine(DISK, CONSOLE, "tcg")))


def test_commas_in_paths_are_doubled() -> None:
    assert any("path=/x/con,,sole.txt" in word for word in argv(Machine(DISK, CONSOLE, "tcg")))


def test_bios_has_no_flash_and_kvm_is_as_asked() -> None:
    words = argv(Machine(DISK, CONSOLE, "kvm"))
    assert not any("pflash" in word for word in words)
    assert words[words.index("-accel") + 1] == "kvm"
