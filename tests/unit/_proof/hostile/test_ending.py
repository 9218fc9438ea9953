"""What is said of hostile pods, their neighbour and their node, by which the check of each group is
red: hostile.{}.time, hostile.{}.memory, hostile.{}.storage, hostile.{}.reach, hostile.{}.bombs
and hostile.{}.malformed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.check import found
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context
from ansible_collections.vessel.image.plugins.module_utils._proof.hostile import checks, ending
from ansible_collections.vessel.image.plugins.module_utils._proof.hostile.catalogue import (
    GROUPS,
    group_of,
    name_of,
)

BEGUN = 1_796_000_000.0
OLD, NEW = "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"


def condition(kind: str, status: str, since: str = OLD) -> dict[str, str]:
    return {"type": kind, "status": status, "lastTransitionTime": since}


def node_of(*conditions: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"name": "n"}, "status": {"conditions": list(conditions)}}


WELL = (condition("Ready", "True"), condition("DiskPressure", "False"))


@pytest.mark.parametrize(
    ("nodes", "wrong"),
    [
        ([], "there is no node n"),
        ([node_of()], "Ready is not told"),
        ([node_of(condition("Ready", "Unknown"), WELL[1])], "Ready is Unknown"),
        ([node_of(condition("Ready", "True", NEW), WELL[1])], "Ready changed at"),
        ([node_of(WELL[0], condition("DiskPressure", "True"))], "DiskPressure"),
        ([node_of(WELL[0], condition("DiskPressure", "False", NEW))], "DiskPressure changed at"),
        ([node_of(*WELL)], ""),
        ([node_of(condition("Ready", "True", NEW))], ""),  # Krustlet's
    ],
)
def test_a_node_is_ready_and_was_all_the_time(nodes: list[dict[str, Any]], wrong: str) -> None:
    said = "; ".join(ending.unwell(nodes, "n", BEGUN))
    assert said.startswith(wrong) and bool(said) is bool(wrong)


def beats(*at: float) -> str:
    return "".join(f"{BEGUN + each:.0f}\n" for each in at)


@pytest.mark.parametrize(
    ("log", "wrong"),
    [
        (beats(*range(60)), []),
        (beats(*range(-20, 60)), []),
        (beats(*range(20), *range(36, 60)), ["no beat for 17 s, 19 s after the begin"]),
        (beats(*range(30)), ["no beat for 31 s, 29 s after the begin"]),
        (beats(*range(-20, 0)), ["no beat for 60 s, 0 s after the begin"]),
        ("", ["no beat for 60 s, 0 s after the begin"]),
    ],
)
def test_a_heart_that_stops_is_heard(log: str, wrong: list[str]) -> None:
    assert ending.silences(log, BEGUN, BEGUN + 60) == wrong


def pod(name: str = "x", restarts: int = 0, **state: Any) -> dict[str, Any]:
    status = {"name": "hostile", "state": state, "restartCount": restarts}
    return {"metadata": {"name": name}, "status": {"containerStatuses": [status]}}


def test_a_neighbour_that_was_started_again_is_told() -> None:
    assert ending.restarted(pod(running={})) == []
    assert ending.restarted(pod(restarts=1, running={}))
    assert ending.restarted(pod(terminated={"exitCode": 1}))


def test_what_became_of_a_pod() -> None:
    ended = pod(terminated={"exitCode": 137, "reason": "OOMKilled", "message": "why"})
    assert ending.told(ended, "a\nb\n") == "ended 137 OOMKilled: why; log 'a\\nb\\n'"
    assert ending.told(pod(running={}), "") == "runs; log ''"
    assert ending.told(pod(waiting={"reason": "A", "message": "b"}), "") == "waits A: b"
    evicted = {"status": {"reason": "Evicted", "message": "too much"}}
    assert ending.told(evicted, "") == "evicted: too much"
    assert ending.told({}, "") == "nothing yet"


def test_a_line_that_is_cut_off_hides_no_other_pods() -> None:
    said = "[pod/a/hostile] xxx[pod/b/hostile] one\n[pod/b/hostile] two\n"
    assert ending.logs_by_pod(said) == {"a": "xxx", "b": "one\ntwo\n"}
    assert ending.logs_by_pod("") == {}


class Cluster:
    """What the API server says of one group on a column, in a world without time."""

    def __init__(self, states: dict[str, dict[str, Any]], log: str, node: dict[str, Any]) -> None:
        self.states, self.log, self.node = states, log, node
        self.apply, self.insist = Mock(), Mock()

    def get(self, what: str) -> list[dict[str, Any]]:
        if what == "nodes":
            return [self.node]
        if what.startswith("pod "):
            return [pod(running={})]
        return [{**pod(name_of(name, "wasmtime"), **state)} for name, state in self.states.items()]

    def kubectl(self, what: str, **more: Any) -> Any:
        return Mock(status=0, stdout=self.log if "beats" in what else "")


def verdict(cluster: Cluster, group: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(checks, "HELD", 0.0)
    context = Mock(spec=Context, patience=0.0, cluster=cluster, machine=Mock(hostname="n"))
    context.now.return_value = BEGUN
    return found()[f"hostile.{{}}.{group}"].of("wasmtime", context)


def test_a_group_is_green_when_each_ended_as_its_row_says(monkeypatch: pytest.MonkeyPatch) -> None:
    states = {row.name: {"running": {}} for row in group_of("time")}
    cluster = Cluster(states, beats(0), node_of(*WELL))
    found = verdict(cluster, "time", monkeypatch)
    assert found.passed, json.dumps(found.actual)
    gone = cluster.insist.call_args.args[0]
    assert all(name_of(name, "wasmtime") in gone for name in states) and "beats" not in gone
    cluster.node = node_of(condition("Ready", "False"), WELL[1])
    assert "Ready is False" in verdict(cluster, "time", monkeypatch).actual


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_red_when_one_ended_otherwise(
    group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = group_of(group)
    for state in ({}, {"terminated": {"exitCode": 143, "reason": "Error"}}):
        states: dict[str, dict[str, Any]] = {first.name: state, **{e.name: {} for e in others}}
        found = verdict(Cluster(states, beats(0), node_of(*WELL)), group, monkeypatch)
        assert not found.passed and f"{first.name}: " in found.actual


def test_a_row_that_has_another_end_is_told_by_name() -> None:
    row = replace(group_of("time")[0], name="a", ends={"": "^ended 0 ", "krustlet": "^runs"})
    said = {"a": "ended 0 Completed: ; log ''"}
    assert checks.wrongly((row,), "wasmtime", said) == []
    assert checks.wrongly((row,), "krustlet", said)[0].startswith("a: ended 0")
