"""A proof of one guest, of two, and of none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine.guest import Guest
from ansible_collections.vessel.image.plugins.module_utils._machine.process import Process, start
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context, Lab
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import run_checks
from unit._proof.exported import exported


def guest(name: str, boots: int = 1, accelerator: str = "kvm") -> Guest:
    return Guest(name, 1, 1, 1, "uefi", name, accelerator, "as asked", "/nowhere", boots, 9.0)


def context(*guests: Guest) -> Context:
    return Context(exported(), Path(), lab=Lab({each.name: each for each in guests}))


@pytest.mark.parametrize(
    ("runs", "says", "found"),
    [
        (True, "node login: ", "a login prompt under uefi after 9 s"),
        (True, "Booting\n", "Booting"),
        (True, "", "nothing on the console yet"),
        (False, "node login: ", "its virtual machine has ended"),
    ],
)
def test_the_one_guest_is_what_checks_look_at(
    tmp_path: Path, runs: bool, says: str, found: str
) -> None:
    (tmp_path / "node-console.txt").write_text(says)
    process = start(["sleep", "100"], tmp_path / "said") if runs else Process(1, 1)
    one = replace(guest("node"), pid=process.pid, started=process.started, logs=str(tmp_path))
    assert context(one).machine.name == "node"
    (result,) = run_checks(context(one), ["console.login"], "node")
    if runs:
        process.stop()
    assert (result.key, result.actual) == ("node/1/console.login", found)
    assert result.passed is found.startswith("a login prompt")


def test_two_guests_are_in_the_order_in_which_they_were_asked_for() -> None:
    both = context(guest("second", boots=2), guest("first", boots=2, accelerator="tcg"))
    assert list(both.lab.guests) == ["second", "first"]
    assert both.lab.guests["first"].hostname == "first"
    assert both.lab.accelerators == "kvm: as asked; tcg: as asked"
    assert both.lab.boots == 2


def test_a_check_of_one_guest_does_not_choose_between_two() -> None:
    both = context(guest("first"), guest("second"))
    with pytest.raises(VesselError, match="VES-804: this check needs one guest, not first, second"):
        assert both.machine
    (result,) = run_checks(both, ["console.login"], "node")
    assert not result.passed and "first, second" in result.actual


def test_without_a_guest_there_is_nothing_to_look_at() -> None:
    with pytest.raises(VesselError, match="VES-804: this check needs a guest"):
        assert context().machine
    assert (context().lab.boots, context().lab.accelerators) == (0, "")
