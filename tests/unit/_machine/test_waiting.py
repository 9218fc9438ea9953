from __future__ import annotations

import pytest
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
