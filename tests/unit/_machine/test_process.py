from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine import process


def test_a_process_is_found_and_ended_by_its_identity(tmp_path: Path) -> None:
    running = process.start(["sleep", "60"], tmp_path / "output")
    assert running.alive()
    assert not process.Process(running.pid, running.started + 1).alive()
    running.stop()
    assert not running.alive()
    running.stop()


def test_it_knows_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "hunter2")
    monkeypatch.setenv("https_proxy", "http://me:hunter2@proxy:3128")
    running = process.start(["sh", "-c", "env; sleep 60"], tmp_path / "output")
    try:
        while "TZ=UTC" not in (said := (tmp_path / "output").read_text()):
            assert running.alive()
        assert "hunter2" not in said
        assert "PATH=" in said
    finally:
        running.stop()
