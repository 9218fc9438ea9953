from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.action import guest as action
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine import (
    accelerator,
    ending,
    guest,
    starting,
)


def test_a_guest_that_fails_under_kvm_is_emulated(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(name: str, wanted: starting.Wanted, chosen: accelerator.Accelerator) -> guest.Guest:
        if chosen.name == "kvm":
            raise VesselError.of("VES-805", "did not answer", "wait")
        return guest.Guest(name, 1, 1, 1, "uefi", "h", chosen.name, chosen.reason, "/nowhere")

    monkeypatch.setattr(starting, "start", start)
    monkeypatch.setattr(action, "read_bootable", lambda output: Mock(image=output, logs=output))
    monkeypatch.setattr(accelerator, "_probe", lambda image: accelerator.Accelerator("kvm", "yes"))
    monkeypatch.setattr(accelerator, "DEVICE", cache)
    asked = {"name": "g", "output": "/o", "logs": None, "firmware": "uefi", "memory": 1, "cpus": 1}
    asked |= {"disk": 1, "until": "ssh", "accelerator": "auto"}
    asked |= {"disks": [], "user_data": {}, "meta_data": {}}
    asked |= {"cards": [], "network_data": None, "uuid": "", "bus": "virtio"}
    asked |= {"driver": "virtio_net"}
    assert action.boot(asked).accelerator == "tcg"
    assert accelerator.choose(Path("image")).name == "tcg"  # and remembered
    with pytest.raises(VesselError, match="VES-805"):
        action.boot({**asked, "accelerator": "kvm"})


# Stands in for QEMU: the first start panics, the later ones reach a login prompt.
MACHINE = """
if [ -e started ]; then echo 'node login: '; else touch started; printf '%b' "$1"; fi
exec sleep 60
"""
PANIC = "[    2.210229] Kernel panic - not syncing: Fatal exception"


def power_on(words: list[str], logs: Path, accelerator: str) -> guest.Guest:
    directory = guest.place("g")
    directory.mkdir(parents=True)
    (directory / starting.ARGV).write_text(json.dumps(words))
    logs.mkdir(exist_ok=True)
    state = guest.Guest("g", 0, 0, 1, "uefi", "h", accelerator, "", str(logs))
    return starting._power_on(state)


def machine(logs: Path, said: str) -> list[str]:
    script = f"cd {logs} && exec >>g-console.txt && {MACHINE}"
    return ["sh", "-c", script, "sh", said]


def test_a_guest_whose_emulator_failed_is_powered_on_again(cache: Path, tmp_path: Path) -> None:
    words = machine(tmp_path, f"Oops: int3: 0000 [#1] PREEMPT SMP\n{PANIC}\n")
    first = power_on(words, tmp_path, "tcg")
    again = starting._await(first, ssh=False)
    assert not first.process.alive()
    assert again.process.alive()
    assert guest.find("g") == again
    ending.stop("g")


@pytest.mark.parametrize(
    ("accelerator", "said"),
    [("tcg", PANIC), ("kvm", f"Oops: int3: 0000 [#1] PREEMPT SMP\n{PANIC}")],
)
def test_any_other_panic_is_the_guests_and_told_at_once(
    cache: Path, tmp_path: Path, accelerator: str, said: str
) -> None:
    running = power_on(machine(tmp_path, said), tmp_path, accelerator)
    with pytest.raises(VesselError, match="panicked"):
        starting._await(running, ssh=False)
    ending.stop("g")
