"""Stages run as soon as what they are made of is there, and no longer once one has failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow import build, journal
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Stage, Work
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from unit.stages import keep, plan_of, small, write_name

PATIENCE = 20.0  # seconds; only a red test waits that long


def run(*goals: Stage) -> list[str]:
    """Make all that `goals` need; returns the names of what the journal says was made."""
    plan = plan_of(*goals)
    journal.begin(plan)
    build.run_all(plan, build.missing(goals))
    return [row["name"] for row in journal.rows(plan) if not row["cached"]]


def fail(_: Work) -> None:
    raise VesselError.of("VES-102", "it broke", "Mend it.")


def test_what_waits_for_nothing_runs_side_by_side(cache: Path) -> None:
    together = threading.Barrier(2)

    def make(work: Work) -> None:
        together.wait(PATIENCE)
        write_name(work)

    packages, preload = (small(name, make=make) for name in ("packages", "preload"))
    assert run(small("disk", packages, preload)) == ["packages", "preload", "disk"]


def test_each_begins_as_soon_as_its_own_inputs_are_made(cache: Path) -> None:
    """`node` does not wait for `preload`, which was begun before it and takes longer."""
    after = threading.Event()

    def last(work: Work) -> None:
        assert after.wait(PATIENCE)
        write_name(work)

    def next_one(work: Work) -> None:
        assert (work.inputs["packages"] / "id").read_text() == packages.id
        after.set()
        write_name(work)

    packages = small("packages")
    goal = small("disk", small("preload", make=last), small("node", packages, make=next_one))
    assert run(goal) == ["preload", "packages", "node", "disk"]


def test_a_result_that_is_kept_is_not_made_again(cache: Path) -> None:
    packages = small("packages", make=fail)
    keep(packages)
    assert run(small("node", packages)) == ["node"]


def test_after_an_error_no_more_begin_and_it_is_told(cache: Path) -> None:
    failed = threading.Event()

    def bad(work: Work) -> None:
        failed.set()
        fail(work)

    def slow(work: Work) -> None:
        assert failed.wait(PATIENCE)
        time.sleep(1)  # longer than it takes to be told
        write_name(work)

    packages, preload = small("packages", make=bad), small("preload", make=slow)
    later = small("later", preload)
    with pytest.raises(VesselError, match="it broke"):
        run(later, packages)
    assert [kept.is_kept(each.id) for each in (preload, later, packages)] == [True, False, False]


def test_not_even_those_that_wait_for_a_processor(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    begun = threading.Barrier(2)
    made: list[str] = []

    def bad(work: Work) -> None:
        begun.wait(PATIENCE)
        fail(work)

    def slow(work: Work) -> None:
        begun.wait(PATIENCE)
        time.sleep(0.3)  # the other's error is told meanwhile
        write_name(work)

    def quick(work: Work) -> None:
        made.append(work.identity)

    waiting = [small(f"waiting {number}", make=quick) for number in range(5)]
    with pytest.raises(VesselError, match="it broke"):
        run(small("bad", make=bad), small("slow", make=slow), *waiting)
    assert made == []


def test_a_result_of_the_online_half_must_be_there(cache: Path, tmp_path: Path) -> None:
    """Before anything is made: the offline half has no network to make it."""
    first = small("first")
    plan = plan_of(small("node", first, small("kubernetes", online=True)))
    with pytest.raises(VesselError, match=r"VES-112: .*: kubernetes"):
        build.build(plan, tmp_path / "output")
    assert not kept.is_kept(first.id)
    assert not (tmp_path / "output").exists()


def test_results_of_goals_and_nothing_else_are_published(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[tuple[list[Path], Path]] = []
    monkeypatch.setattr(build, "publish", lambda *given: published.append(given))
    monkeypatch.setattr(build, "write_report", lambda directory: None)
    disk = small("disk")
    goals = [small(name, disk) for name in ("qcow2", "manifest")]
    (tmp_path / "output/own").mkdir(parents=True)
    build.build(plan_of(*goals), tmp_path / "output")
    assert published == [([kept.place(each.id) for each in goals], tmp_path / "output/own")]
    assert (tmp_path / "output/own/build.json").is_file()


HANGING = """
import sys, time
from ansible_collections.vessel.image.plugins.module_utils._flow import build
from unit.stages import plan_of, small

def hang(work):
    print("begun", flush=True)
    time.sleep(60)

build.load = lambda _: plan_of(small("disk", make=hang))
sys.exit(build.main())
"""


def test_an_interruption_ends_it_at_once_and_without_a_traceback(root: Path, cache: Path) -> None:
    """A stage may hang, and a thread that waits for its program hears of no signal."""
    path = f"{root / 'collections'}:{root / 'tests'}"
    with subprocess.Popen(
        [sys.executable, "-c", HANGING, "a plan", "output"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "begun\n"
            child.send_signal(signal.SIGINT)
            _, said = child.communicate(timeout=PATIENCE)
        finally:
            child.kill()
    assert child.returncode == 130
    assert "Traceback" not in said
