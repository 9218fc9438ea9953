"""Calls that packages' scripts put off are all made in the end, and one that fails is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._tree import deferred


@pytest.mark.parametrize(("last", "status"), [("true", 0), ("false", 123)])
@pytest.mark.parametrize("most", [1, 4])
def test_every_call_is_made_and_a_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, status: int, most: int
) -> None:
    monkeypatch.setattr(deferred, "NOTES", str(tmp_path))
    calls = [f"echo one >>{tmp_path}/made", f"echo two >>{tmp_path}/made", last]
    (tmp_path / "vessel-deferred-a").write_text("".join(f"{call}\n" for call in calls))
    script = deferred._make_calls({"/bin/a": most, "/bin/none": 1})
    done = subprocess.run(["bash", "-ec", script], check=False, capture_output=True)
    assert done.returncode == status
    assert sorted((tmp_path / "made").read_text().split()) == ["one", "two"]
    assert bool(list(tmp_path.glob("vessel-deferred-*"))) is bool(status)
