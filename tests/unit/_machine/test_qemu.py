from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine.buses import BUSES
from ansible_collections.vessel.image.plugins.module_utils._machine.ports import Forward
from ansible_collections.vessel.image.plugins.module_utils._machine.qemu import (
    NETDEV,
    PROGRAM,
    Machine,
    argv,
)

DISK, CONSOLE = Path("/x/overlay.qcow2"), Path("/x/con,sole.txt")


def test_the_guest_has_no_network_but_the_forwarded_port() -> None:
    words = argv(Machine(DISK, CONSOLE, "tcg", port=40001))
    (net,) = [word for word in words if word.startswith("user,")]
    assert "restrict=on" in net
    assert "hostfwd=tcp:127.0.0.1:40001-10.0.2.15:22" in net


def test_a_visitor_gets_out_and_forwards_ports_of_the_loopback_interface_only() -> None:
    forwards = (Forward(8080, 80),)
    machine = Machine(DISK, CONSOLE, "tcg", port=1022, forwards=forwards, network=True)
    (net,) = [word for word in argv(machine) if word.startswith("user,")]
    assert "restrict=off" in net
    assert net.count("hostfwd=tcp:127.0.0.1:") == 2
    assert "hostfwd=tcp:127.0.0.1:8080-10.0.2.15:80" in net


def test_only_a_way_out_needs_the_relay() -> None:
    assert argv(Machine(DISK, CONSOLE, "tcg", port=1))[0] == PROGRAM
    assert argv(Machine(DISK, CONSOLE, "tcg", network=True))[0] == PROGRAM  # without a card
    words = argv(Machine(DISK, CONSOLE, "tcg", port=1, network=True))
    assert words[words.index(PROGRAM) - 1] == NETDEV
    assert f"user,id={NETDEV}," in ",".join(words)


@pytest.mark.parametrize("accelerator", ["tcg", "kvm"])
def test_every_machine_is_in_a_sandbox(accelerator: str) -> None:
    words = argv(Machine(DISK, CONSOLE, accelerator))
    assert words[words.index("-sandbox") + 1].startswith("on,")
    assert (os.geteuid() != 0) or "-runas" in words or "-run-with" in words


def test_only_a_visitors_machine_has_a_monitor() -> None:
    assert not any("mode=control" in word for word in argv(Machine(DISK, CONSOLE, "tcg")))
    words = argv(Machine(DISK, CONSOLE, "tcg", monitor="m"))
    assert "socket,id=monitor,path=m,server=on,wait=off" in words


def test_without_a_port_there_is_no_card() -> None:
    assert not any("net" in word for word in argv(Machine(DISK, CONSOLE, "tcg")))


def test_commas_in_paths_are_doubled() -> None:
    assert any("path=/x/con,,sole.txt" in word for word in argv(Machine(DISK, CONSOLE, "tcg")))


def test_bios_has_no_flash_and_kvm_is_as_asked() -> None:
    words = argv(Machine(DISK, CONSOLE, "kvm"))
    assert not any("pflash" in word for word in words)
    assert words[words.index("-accel") + 1] == "kvm"


def test_further_disks_come_after_its_own_and_the_seed() -> None:
    words = argv(Machine(DISK, CONSOLE, "tcg", seed=Path("/x/seed"), disks=(Path("/x/a,b"),)))
    drives = [word for word in words if word.startswith("virtio-blk-pci,drive=")]
    assert [drive.split("=")[1].split(",")[0] for drive in drives] == ["disk", "seed", "disk0"]
    assert any(word.endswith("file=/x/a,,b") for word in words)


@pytest.mark.parametrize("bus", BUSES)
def test_the_machine_starts_from_its_own_disk_on_any_bus(bus: str) -> None:
    words = argv(Machine(DISK, CONSOLE, "tcg", bus=bus, seed=Path("/x/seed")))
    (own,) = [word for word in words if "bootindex=0" in word]
    assert "drive=disk," in own and ("virtio" in own) is (bus == "virtio")


def test_the_card_of_ssh_is_of_the_driver_that_is_asked_for() -> None:
    words = argv(Machine(DISK, CONSOLE, "tcg", port=1, driver="vmxnet3"))
    (card,) = [word for word in words if f"netdev={NETDEV}" in word]
    assert card.startswith("vmxnet3,")
