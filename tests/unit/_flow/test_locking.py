"""What can go wrong around locking has a code, names the path, and is told before the work."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow import locking
from ansible_collections.vessel.image.plugins.module_utils._lock import beside, lockfile
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from unit.locked import answering, write

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


@pytest.fixture
def spec_file(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VESSEL_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "specs"
    place.mkdir()
    return Path(shutil.copy(root / "specs/wasm-node.yml", place))


def lock(spec_file: Path, root: Path, *, check: bool = False) -> locking.Locked:
    return locking.ensure_lock(load_spec(spec_file), spec_file, root, update=False, check=check)


# Arguments: the spec, the collection, and `check` or nothing.
ENSURE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2] + "/collections")
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow.locking import ensure_lock
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
spec, root = Path(sys.argv[1]), Path(sys.argv[2])
try:
    locked = ensure_lock(load_spec(spec), spec, root, update=False, check="check" in sys.argv)
    print("changed" if locked.changed else "unchanged")
except VesselError as error:
    print(error)
"""


def lock_read_only(spec_file: Path, root: Path, *more: str) -> str:
    """What locking says where the spec's directory is read-only."""
    place = str(spec_file.parent)
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    program = [sys.executable, "-c", ENSURE, str(spec_file), str(root), *more]
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, place, *program],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@contextmanager
def as_nobody() -> Iterator[None]:
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@AS_ROOT
def test_a_read_only_directory_is_told_before_any_work(spec_file: Path, root: Path) -> None:
    said = lock_read_only(spec_file, root)
    path = lockfile.lock_path(spec_file)
    assert said.startswith(f"VES-305: the lock {path} cannot be written: Read-only file system\n")
    assert not (spec_file.parents[1] / "cache").exists()  # nothing had begun
    assert lock_read_only(spec_file, root, "check") == "changed\n"  # it writes nothing


@AS_ROOT
def test_a_lock_that_answers_is_enough_in_a_read_only_directory(
    spec_file: Path, root: Path
) -> None:
    write(spec_file, answering(spec_file, root))
    assert lock_read_only(spec_file, root) == "unchanged\n"


def test_a_directory_in_place_of_the_lock(spec_file: Path, root: Path) -> None:
    lockfile.lock_path(spec_file).mkdir()
    with pytest.raises(VesselError, match=r"VES-310: .*lock.yml cannot be read: Is a directory"):
        lock(spec_file, root)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a: " + b"[" * 5000, b"!!int x", b"\0"])
def test_what_is_no_text_is_no_lock(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.lock.yml").write_bytes(data)
    with pytest.raises(VesselError, match="VES-310"):
        lockfile.read_lock(tmp_path / "a.lock.yml")


@AS_ROOT
def test_what_nobody_may_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:  # not pytest's, which is closed to others
        place = Path(name)
        place.chmod(0o755)
        secret = place / "files/secret"
        secret.parent.mkdir()
        secret.touch(0o600)
        (place / "closed").mkdir(0o700)
        for source, where in (("files", secret), ("files/secret", secret), ("closed", "closed")):
            told = pytest.raises(VesselError, match=rf"VES-306: .*{where} cannot be read")
            with as_nobody(), told:
                beside.digests(place, [source])


def test_whatever_the_host_refuses_has_a_code(spec_file: Path, root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the cache should be")
    with pytest.raises(VesselError, match=rf"VES-\d+: .*{tmp_path / 'cache'}"):
        lock(spec_file, root)


class Asked(Exception):
    """What the resolver was asked for is known."""


@pytest.mark.parametrize(("update", "allow_older", "known"), [(True, False, 1), (True, True, 0)])
def test_the_lock_that_there_was_is_the_measure_unless_older_is_wanted(
    spec_file: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    update: bool,
    allow_older: bool,
    known: int,
) -> None:
    write(spec_file, answering(spec_file, root))

    def resolve(*_names: object, **options: Any) -> None:
        assert len(options["newer_than"]) == known
        raise Asked

    monkeypatch.setattr(locking.debian, "resolve", resolve)
    spec = load_spec(spec_file)
    with pytest.raises(Asked):
        locking.ensure_lock(
            spec, spec_file, root, update=update, check=False, allow_older=allow_older
        )


def answered(spec_file: Path, root: Path) -> Lock:
    """A lock beside the spec that answers it."""
    held = Lock(answering(spec_file, root))
    lockfile.write_lock(lockfile.lock_path(spec_file), held, spec_file)
    return held


def test_an_update_resolves_what_was_locked_already(
    spec_file: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, asked = answered(spec_file, root), []
    fresh = Lock({**held.content, "source_date_epoch": held.source_date_epoch + 1})
    monkeypatch.setattr(locking, "_resolve", lambda *given: asked.append(given[3]) or fresh)
    spec = load_spec(spec_file)
    assert locking.ensure_lock(spec, spec_file, root, update=False, check=False).lock == held
    assert asked == []
    told = locking.ensure_lock(spec, spec_file, root, update=True, check=True)
    assert (told.lock, told.changed, told.why) == (None, True, "an update was asked for")
    assert asked == []
    told = locking.ensure_lock(spec, spec_file, root, update=True, check=True, diff=True)
    assert told.changed and lockfile.read_lock(told.path) == held
    told = locking.ensure_lock(spec, spec_file, root, update=True, check=False)
    assert told.changed and lockfile.read_lock(told.path) == fresh
    assert asked == [Lock({})] * 2  # nothing of before is kept


def test_what_has_changed_is_resolved_with_what_was_locked(
    spec_file: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, asked = answered(spec_file, root), []

    def resolve(*given: Any) -> Lock:
        asked.append(given[3])
        return Lock(answering(spec_file, root))

    monkeypatch.setattr(locking, "_resolve", resolve)
    spec_file.write_text(spec_file.read_text().replace("name: wasm-node", "name: other"))
    assert not lock(spec_file, root).changed  # a name resolves to nothing
    spec_file.write_text(spec_file.read_text().replace("customize: {}", "customize: {hosts: {}}"))
    assert not lock(spec_file, root).changed
    text = spec_file.read_text()
    assert 'version: "1.36.3"' in text
    spec_file.write_text(text.replace('version: "1.36.3"', 'version: "1.36.2"'))
    assert "kubernetes" in lock(spec_file, root).why
    assert asked == [held]


def test_packages_are_resolved_when_what_asks_for_them_has_changed(
    spec_file: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved: list[object] = []

    def resolve(node: object, *_given: object, **_more: object) -> dict[str, object]:
        resolved.append(node)
        return {"source_date_epoch": 2, "tools": [], "node": ["new"]}

    monkeypatch.setattr(locking.debian, "resolve", resolve)
    monkeypatch.setattr(locking, "_resolve_go", lambda *_given: ({"toolchain": {}}, {}))
    spec = load_spec(spec_file)
    wanted = lockfile.requirements(spec, spec_file.parent, root)
    said = {"for": wanted, "source_date_epoch": 1, "debian": {"node": ["old"], "tools": []}}
    same = locking._resolve(spec, spec_file, wanted, Lock(said), root, ())
    assert (same.content["debian"]["node"], same.source_date_epoch) == (["old"], 1)
    assert resolved == []
    other = {**wanted, "debian": {**wanted["debian"], "packages": ["tcpdump"]}}
    fresh = locking._resolve(spec, spec_file, other, Lock(said), root, ())
    assert (fresh.content["debian"]["node"], fresh.source_date_epoch) == (["new"], 2)
    assert len(resolved) == 1 and fresh.wanted == other


@pytest.mark.parametrize("full", ["cache", "specs"])
def test_a_full_disk_is_told_by_what_was_written_to_it(
    spec_file: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    """The cache and the spec may lie on different ones."""
    fresh = Lock({**answering(spec_file, root), "source_date_epoch": 1})
    write(spec_file, answering(spec_file, root))

    def fail(*_given: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(locking, "_resolve", fail if full == "cache" else lambda *_given: fresh)
    if full == "specs":
        monkeypatch.setattr(lockfile, "write_lock", fail)
    what = {"cache": "resolving the spec", "specs": "the lock"}[full]
    told = rf"^VES-108: no space: {what} needs \d+ MB, has \d+ MB at {tmp_path / full}"
    with pytest.raises(VesselError, match=told):
        locking.ensure_lock(load_spec(spec_file), spec_file, root, update=True, check=False)
