"""A sample of tests/faults/test_injected.py: system calls of a small build fail, and the old output
stays whole, errors have a code and a path, and the next build is right."""

from __future__ import annotations

from pathlib import Path

from faults.injected import sweep

SEED, NUMBER = 28, 30


def test_any_system_call_may_fail(tmp_path: Path) -> None:
    wrong = sweep(tmp_path, NUMBER, SEED)
    assert wrong == [], "\n".join(wrong)
