from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine import waiting


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


def test_a_question_that_was_lost_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0.0)
    silence = waiting.Silent.of_guest("the guest", "one\nlast words")
    answers = iter([silence, "not yet", silence, ""])

    def look() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert waiting.poll(look, 60) == ""

    def lost() -> str:
        raise silence

    assert waiting.poll(lost, 0) == "the guest gave no whole answer: last words"


def test_an_error_is_none_that_waiting_mends(monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> str:
        raise VesselError.of("VES-804", "there is no guest", "Start one.")

    with pytest.raises(VesselError, match="VES-804"):
        waiting.poll(look, 60)


def test_a_trouble_that_lasts_is_told_from_one_that_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    stuck = waiting.Stuck(45.0)
    for at, trouble in ((0, True), (44, True), (45, False), (46, True), (90, True)):
        now[0] = at
        stuck.note(trouble)
        assert not stuck(), at
    now[0] = 91
    assert stuck()
