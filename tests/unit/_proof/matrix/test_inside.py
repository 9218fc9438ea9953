from __future__ import annotations

from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.check import Verdict
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import inside, living
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.cells import Seen
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.ended import Ended

RUNNING = {"startedAt": "2026-11-29T07:00:00Z"}
EVENT = {"type": "Warning", "reason": "Unhealthy", "message": "unimplemented", "involvedObject": {}}


def context(said: str = "", *, ready: bool = True, there: bool = True, log: str = "") -> Mock:
    made = Mock(patience=0.0)
    statuses = [{"name": name, "state": {"running": RUNNING}, "ready": ready}
                for name in ("module", "native")]  # fmt: skip
    pod = {"metadata": {"name": "x"}, "spec": {}, "status": {"containerStatuses": statuses}}
    pods = [pod] if there else []
    made.cluster.get.side_effect = lambda what: [EVENT] if what.startswith("events") else pods
    made.cluster.kubectl.return_value = Mock(stdout=log, stderr="")
    made.sh.return_value = said
    return made


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        ("executed\nstatus 0", True),
        ("executed\nstatus 1", False),
        ("error: unimplemented\nstatus 1", False),
    ],
)
def test_what_was_executed_says_its_word_and_ends_well(said: str, passed: bool) -> None:
    asked = context(said)
    for name, program in (("module", "/app.wasm"), ("native", "/check")):
        assert inside.executed(asked, "wasmtime", name).passed is passed
        assert f" -- {program} say executed " in asked.sh.call_args.args[0]


def test_a_probe_without_an_answer_is_red_and_says_why() -> None:
    assert inside.ready(context(), "wasmtime", "module").passed
    found = inside.ready(context(ready=False), "wasmtime", "native")
    assert not found.passed and found.actual == "not ready; Unhealthy: unimplemented"


@pytest.mark.parametrize("there", [True, False])
def test_a_hook_has_written_its_word_before_the_pod_is_gone(there: bool) -> None:
    asked = context("native", there=there)
    assert inside.hooked(asked, "wasmtime", "native").passed
    assert "delete pod tended-wasmtime" in asked.cluster.insist.call_args.args[0]
    found = inside.hooked(context("cat: no such file", there=there), "wasmtime", "module")
    assert not found.passed and "unimplemented" in found.actual


@pytest.mark.parametrize(
    ("said", "passed"),
    [("typed\nthe end\nstatus 0", True), ("status 0", False), ("status 124", False)],
)
def test_what_is_typed_comes_back(said: str, passed: bool) -> None:
    asked = context(said)
    assert inside.attach(asked, "wasmtime").passed is passed
    assert asked.sh.call_args.args[0].startswith("printf %s 'typed\n' |")


@pytest.mark.parametrize(
    ("seen", "passed"),
    [
        (Seen(0, "typed\nthe end\n", "", 0), True),
        (Seen(0, "the end\n", "", 0), False),
        ("not ended: module", False),
    ],
)
def test_input_ends(monkeypatch: pytest.MonkeyPatch, seen: Seen | str, passed: bool) -> None:
    monkeypatch.setattr(Ended, "container", Mock(return_value=seen))
    found = inside.stdin_end(context(log="typed\n"), "wasmtime")
    assert found.passed is passed
    assert isinstance(seen, Seen) or found.actual == r"not ended: module; log 'typed\n'"


@pytest.mark.parametrize(("log", "passed"), [("debugging\n", True), ("", False)])
def test_an_ephemeral_container_must_have_said_its_word(log: str, passed: bool) -> None:
    found: Verdict = inside.debug(context("status 0", log=log), "wasmtime")
    assert found.passed is passed


def test_a_question_has_an_end() -> None:
    asked = context("status 124")
    assert living.ask(asked, "attach x") == "status 124"
    assert f"timeout {living.ASK_LIMIT} kubectl" in asked.sh.call_args.args[0]
