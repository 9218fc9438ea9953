from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._machine import process


def test_a_process_is_found_and_ended_by_its_identity(tmp_path: Path) -> None:
    running = process.start(["sleep", "60"], tmp_path / "output")
    assert running.alive()
    assert not process.Process(running.pid, running.started + 1).alive()
    running.stop()
    assert not running.alive()
    running.stop()
