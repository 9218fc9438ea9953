from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet.installed import exposed

LINE = "→ Overall exposure level for krustlet.service: {score} OK 🙂"


@pytest.mark.parametrize(("score", "number"), [("1.9", 1.9), ("9.6", 9.6), ("10", 10.0)])
def test_the_exposure_is_what_systemd_says(score: str, number: float) -> None:
    assert exposed(LINE.format(score=score)) == number


@pytest.mark.parametrize("said", ["", "Unit krustlet.service not found."])
def test_without_a_score_all_is_exposed(said: str) -> None:
    assert exposed(said) == 10.0
