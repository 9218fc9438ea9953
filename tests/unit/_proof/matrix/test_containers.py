from __future__ import annotations

from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.check import Verdict
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import containers


@pytest.mark.parametrize(
    ("handler", "told", "asked", "passed"),
    [
        ("wasmedge", [True], [], True),
        ("wasmedge", [False, True], ["again1-wasmedge"], True),
        ("wasmedge-mixed", [False] * 3, ["again1-wasmedge-mixed", "again2-wasmedge-mixed"], False),
        ("wasmtime", [False], [], False),
    ],
)
def test_a_kill_that_containerd_lost_is_made_again(
    monkeypatch: pytest.MonkeyPatch, handler: str, told: list[bool], asked: list[str], passed: bool
) -> None:
    verdicts = iter(told)
    cell = Mock(side_effect=lambda *given: Verdict(next(verdicts), "", ""))
    monkeypatch.setattr(containers, "shown", cell)
    context = Mock()
    assert containers.oom(context, handler).passed is passed
    pods = [call.args[0][0] for call in context.cluster.apply.call_args_list]
    assert [pod["metadata"]["name"] for pod in pods] == asked
    assert all(pod["spec"]["containers"][0]["name"] == "memory-limit" for pod in pods)
    assert next(verdicts, None) is None


@pytest.mark.parametrize(
    ("kept", "counts", "passed"),
    [
        ("runwasi.io/precompiled/wasmtime/1", ["2", "2"], True),
        ("runwasi.io/precompiled/wasmtime/1", ["2", "3"], False),
        ("runwasi.io/precompiled/wasmtime/1", ["0", "0"], False),
        ("runwasi.io/precompiled/wasmtime/1", ["", ""], False),
        ("", [], False),
    ],
)
def test_a_start_that_compiles_again_and_a_journal_without_compilations_are_red(
    monkeypatch: pytest.MonkeyPatch, kept: str, counts: list[str], passed: bool
) -> None:
    monkeypatch.setattr(containers, "shown", Mock(return_value=Verdict(True, "", "")))
    context = Mock()
    context.sh.side_effect = [kept, *counts]
    assert containers.precompiled(context, "wasmtime").passed is passed
