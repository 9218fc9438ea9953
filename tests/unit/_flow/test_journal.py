"""How long stages took: in one run, which is more than one process."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow import journal
from unit.stages import plan_of, small

TOOLS = small("tools")
DISK = small("disk", TOOLS)
PLAN = plan_of(small("qcow2", DISK), small("manifest", DISK))


def test_a_row_for_each_stage_in_the_plans_order(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    journal.begin(PLAN)
    clock[0] = 1010.0
    journal.note(PLAN, DISK.id, 6.84)
    assert journal.rows(PLAN) == [
        {"name": "tools", "title": "make tools", "seconds": 0.0, "begun": 0.0, "cached": True},
        {"name": "disk", "title": "make disk", "seconds": 6.8, "begun": 3.2, "cached": False},
        {"name": "qcow2", "title": "make qcow2", "seconds": 0.0, "begun": 0.0, "cached": True},
        {"name": "manifest", "title": "make manifest", "seconds": 0.0, "begun": 0.0,
         "cached": True},
    ]  # fmt: skip


def test_nothing_began_before_the_run_did(cache: Path) -> None:
    journal.begin(PLAN)
    journal.note(PLAN, DISK.id, 600.0)  # the clock of the host was set back
    assert journal.rows(PLAN)[1]["begun"] == 0.0


def test_a_run_forgets_the_one_before(cache: Path) -> None:
    journal.note(PLAN, DISK.id, 1.0)
    journal.begin(PLAN)
    assert all(row["cached"] for row in journal.rows(PLAN))


def test_another_plan_has_its_own(cache: Path) -> None:
    journal.note(PLAN, DISK.id, 1.0)
    assert all(row["cached"] for row in journal.rows(plan_of(DISK)))


def test_stages_that_end_at_once_are_all_noted(cache: Path) -> None:
    many = [small(f"stage {number}") for number in range(20)]
    plan = plan_of(*many)
    journal.begin(plan)
    threads = [Thread(target=journal.note, args=(plan, each.id, 1.0)) for each in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["cached"] for row in journal.rows(plan)] == [False] * 20


def test_a_damaged_one_is_none(cache: Path) -> None:
    journal.begin(PLAN)
    (written,) = (cache / "runs").iterdir()
    written.write_text("{")
    assert all(row["cached"] for row in journal.rows(PLAN))
    journal.note(PLAN, DISK.id, 1.0)
    assert not journal.rows(PLAN)[1]["cached"]


def test_two_runs_of_one_plan_do_not_mix(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VESSEL_RUN", raising=False)
    monkeypatch.setenv("VESSEL_FRONT_DOOR", "1")
    journal.begin(PLAN)
    journal.note(PLAN, DISK.id, 6.8)
    monkeypatch.setenv("VESSEL_FRONT_DOOR", "2")
    journal.begin(PLAN)
    assert all(row["cached"] for row in journal.rows(PLAN))
    monkeypatch.setenv("VESSEL_FRONT_DOOR", "1")
    assert [row["name"] for row in journal.rows(PLAN) if not row["cached"]] == ["disk"]
    journal.end(PLAN)
    assert all(row["cached"] for row in journal.rows(PLAN))
