from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml
from ansible_collections.vessel.image.plugins.action import guest as action
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine import (
    accelerator,
    guest,
    process,
    seed,
    waiting,
)


def test_a_process_is_found_and_ended_by_its_identity(tmp_path: Path) -> None:
    running = process.start(["sleep", "60"], tmp_path / "output")
    assert running.alive()
    assert not process.Process(running.pid, running.started + 1).alive()
    running.stop()
    assert not running.alive()
    running.stop()


def test_a_stale_state_is_no_guest(cache: Path) -> None:
    directory = guest.place("gone")
    directory.mkdir(parents=True)
    state = guest.Guest("gone", 1, 1, 1, "uefi", "h", "tcg", "", "/nowhere")
    guest._save(state)
    assert guest.find("gone") is None
    with pytest.raises(VesselError, match="VES-804"):
        guest.need("gone")
    assert guest.stop("gone")
    assert not directory.exists()
    assert not guest.stop("gone")


def test_a_guest_of_a_newer_version_is_found(cache: Path) -> None:
    directory = guest.place("newer")
    directory.mkdir(parents=True)
    running = process.start(["sleep", "60"], directory / "output")
    state = guest.Guest(
        "newer", running.pid, running.started, 1, "uefi", "h", "tcg", "", "/nowhere"
    )
    guest._save(state)
    file = directory / guest.STATE
    file.write_text(json.dumps({**json.loads(file.read_text()), "tpm": True}))
    try:
        assert guest.find("newer") == state
    finally:
        running.stop()


def test_seed_is_what_cloud_init_reads(tmp_path: Path) -> None:
    seed.write_seed(tmp_path / "seed", "node-1", "ssh-ed25519 AAAA me")
    text = (tmp_path / "seed/user-data").read_text()
    assert text.startswith("#cloud-config\n")
    assert yaml.safe_load(text)["users"][0]["ssh_authorized_keys"] == ["ssh-ed25519 AAAA me"]
    assert yaml.safe_load((tmp_path / "seed/meta-data").read_text())["local-hostname"] == "node-1"
    assert yaml.safe_load((tmp_path / "seed/network-config").read_text())["version"] == 2


def test_a_visitors_seed_makes_a_user_who_may_become_root(tmp_path: Path) -> None:
    seed.write_seed(tmp_path / "seed", "node", "ssh-ed25519 AAAA me", user="me", network=True)
    data = yaml.safe_load((tmp_path / "seed/user-data").read_text())
    (user,) = data["users"]
    assert (user["name"], user["lock_passwd"]) == ("me", True)
    assert user["sudo"] == "ALL=(ALL) NOPASSWD:ALL"
    assert data["disable_root"] is True
    card = yaml.safe_load((tmp_path / "seed/network-config").read_text())["ethernets"]["eth0"]
    assert card["nameservers"] == {"addresses": ["10.0.2.3"]}


def test_the_probe_is_remembered_for_one_boot(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("one\n")
    monkeypatch.setattr(accelerator, "BOOT_ID", boot_id)
    device = tmp_path / "kvm"
    monkeypatch.setattr(accelerator, "DEVICE", device)
    assert accelerator.choose(Path("image")).name == "tcg"
    device.touch()
    answers = iter(["kvm", "tcg"])
    monkeypatch.setattr(
        accelerator, "_probe", lambda image: accelerator.Accelerator(next(answers), "probed")
    )
    assert [accelerator.choose(Path("image")).name for _ in range(2)] == ["kvm", "kvm"]
    boot_id.write_text("two\n")
    assert accelerator.choose(Path("image")).name == "tcg"
    assert json.loads((cache / "proof/accelerator.json").read_text())["boot_id"] == "two"


def test_asked_for_means_unprobed() -> None:
    assert accelerator.choose(Path("image"), "tcg") == accelerator.Accelerator("tcg", "as asked")


def test_a_kernel_that_hangs_late_is_given_up_too() -> None:
    spoke = "[    0.000000] Linux version 6.12"
    assert accelerator._hopeless("", 10) == ""
    assert accelerator._hopeless("", 20) == "no kernel spoke within 20 s"
    assert accelerator._hopeless(spoke, 60) == ""
    assert accelerator._hopeless(spoke, 90) == "no login prompt came within 90 s"


def test_a_guest_that_fails_under_kvm_is_emulated(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(name: str, wanted: guest.Wanted, chosen: accelerator.Accelerator) -> guest.Guest:
        if chosen.name == "kvm":
            raise VesselError.of("VES-805", "did not answer")
        return guest.Guest(name, 1, 1, 1, "uefi", "h", chosen.name, chosen.reason, "/nowhere")

    monkeypatch.setattr(guest, "start", start)
    monkeypatch.setattr(action, "read_bootable", lambda output: Mock(image=output, logs=output))
    monkeypatch.setattr(accelerator, "_probe", lambda image: accelerator.Accelerator("kvm", "yes"))
    monkeypatch.setattr(accelerator, "DEVICE", cache)
    asked = {"name": "g", "output": "/o", "logs": None, "firmware": "uefi", "memory": 1, "cpus": 1}
    asked |= {"disk": 1, "until": "ssh", "accelerator": "auto"}
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
    (directory / guest.ARGV).write_text(json.dumps(words))
    logs.mkdir(exist_ok=True)
    state = guest.Guest("g", 0, 0, 1, "uefi", "h", accelerator, "", str(logs))
    return guest._power_on(state)


def machine(logs: Path, said: str) -> list[str]:
    script = f"cd {logs} && exec >>g-console.txt && {MACHINE}"
    return ["sh", "-c", script, "sh", said]


def test_a_guest_whose_emulator_failed_is_powered_on_again(cache: Path, tmp_path: Path) -> None:
    words = machine(tmp_path, f"Oops: int3: 0000 [#1] PREEMPT SMP\n{PANIC}\n")
    first = power_on(words, tmp_path, "tcg")
    again = guest._await(first, ssh=False)
    assert not first.process.alive()
    assert again.process.alive()
    assert guest.find("g") == again
    guest.stop("g")


@pytest.mark.parametrize(
    ("accelerator", "said"),
    [("tcg", PANIC), ("kvm", f"Oops: int3: 0000 [#1] PREEMPT SMP\n{PANIC}")],
)
def test_any_other_panic_is_the_guests_and_told_at_once(
    cache: Path, tmp_path: Path, accelerator: str, said: str
) -> None:
    running = power_on(machine(tmp_path, said), tmp_path, accelerator)
    with pytest.raises(VesselError, match="panicked"):
        guest._await(running, ssh=False)
    guest.stop("g")


def test_polling_ends_when_nothing_is_missing_or_waiting_is_useless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0.0)
    answers = iter(["not yet", ""])
    assert waiting.poll(lambda: next(answers), 5) == ""
    assert waiting.poll(lambda: "never", 0) == "never"
    stuck = waiting.Stuck(0.0)
    stuck.note(True)
    assert waiting.poll(lambda: "stuck", 60, stuck) == "stuck"
    stuck.note(False)
    assert not stuck()
