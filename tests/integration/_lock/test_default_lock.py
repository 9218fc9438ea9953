"""The lock of the default spec, as resolved: what Vessel says of it holds for a real one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.compare import differences
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._lock.lockfile import (
    lock_path,
    read_lock,
    write_lock,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from unit.locked import every, other


@pytest.fixture
def lock(plan: Plan) -> Lock:
    found = read_lock(lock_path(plan.spec_file))
    assert found
    return found


def test_writing_what_was_read_changes_nothing(plan: Plan, lock: Lock, tmp_path: Path) -> None:
    copy = Path(shutil.copy(lock_path(plan.spec_file), tmp_path))
    assert write_lock(copy, lock, plan.spec_file) is False


def test_no_value_changes_unseen(lock: Lock) -> None:
    content: Any = lock.content
    count = 0
    for steps, value in list(every(content)):
        if isinstance(value, dict | list):
            continue
        at = content
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = other(value)
        changed = Lock(_copied(content, steps))
        at[steps[-1]] = value
        assert differences(lock, changed), steps
        count += 1
    assert count > 2000


def _copied(value: Any, steps: tuple[Any, ...]) -> Any:
    """A copy of what lies along `steps`; the rest is shared."""
    if not steps:
        return value
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[steps[0]] = _copied(copy[steps[0]], steps[1:])
    return copy
