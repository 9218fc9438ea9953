"""Nothing that a killed process left in the cache stays there for ever."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.files import atomic_file
from ansible_collections.vessel.image.plugins.module_utils._common.scratch import scratch
from ansible_collections.vessel.image.plugins.module_utils._flow import cache as pruning
from ansible_collections.vessel.image.plugins.module_utils._flow import journal, leftovers
from ansible_collections.vessel.image.plugins.module_utils._flow.making import make, the_store
from ansible_collections.vessel.image.plugins.module_utils._lock import lockfile
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import save
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Work
from unit.stages import plan_of, small


def hidden(place: Path) -> list[Path]:
    return [path for path in place.rglob(".*.part") if "result" not in path.parts]


def killed(work: Callable[[], object], at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `work` in a process that ends at its first call of `os.<at>`, as `kill -9` has it."""
    if pid := os.fork():
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
        return
    monkeypatch.setattr(os, at, lambda *_given, **_named: os._exit(9))
    work()
    os._exit(0)


def fetched() -> None:
    the_store().add_chunks([b"bytes"], hashlib.sha256(b"bytes").hexdigest(), what="a file")


def made() -> None:
    def leave(work: Work) -> None:
        (work.place / ".a.b.part").touch()  # a tree may hold such a name

    make(Path("/"), small("own", make=leave))


WRITERS: dict[str, Callable[[], object]] = {
    "a blob": fetched,
    "a record": lambda: the_store().put_record("a" * 64, {}),
    "a plan": lambda: save(plan_of(small("own"))),
    "times of a run": lambda: journal.begin(plan_of(small("own"))),
}


@pytest.mark.parametrize("what", WRITERS)
def test_what_a_killed_writer_left_is_removed(
    cache: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    killed(WRITERS[what], "fsync", monkeypatch)
    assert len(hidden(cache)) == 1
    leftovers.clear()
    assert hidden(cache) == []


def test_pruning_removes_it_too(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(fetched, "fsync", monkeypatch)
    pruning.prune(pruning.DAY, None, check=True)
    assert len(hidden(cache)) == 1
    pruning.prune(pruning.DAY, None)
    assert hidden(cache) == []


def test_what_is_written_just_now_and_what_is_in_results_stays(cache: Path) -> None:
    made()
    with scratch("work") as place, atomic_file(cache / "runs/last.json") as file:
        file.write(b"{}")
        leftovers.clear()
        assert place.exists()
        assert len(hidden(cache)) == 2
    assert len(list(cache.glob("stages/*/result/.a.b.part"))) == 1


def test_beside_a_spec_the_next_lock_removes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("own.lock.yml", "[o]wn.lock.yml"):
        path, other = tmp_path / name, tmp_path / ".other.abc.part"
        other.touch()

        def write(path: Path = path) -> None:
            with atomic_file(path):
                pass

        killed(write, "fsync", monkeypatch)
        assert len(hidden(tmp_path)) == 2
        lockfile.demand_writable(path)
        assert hidden(tmp_path) == [other]
