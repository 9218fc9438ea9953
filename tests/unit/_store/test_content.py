from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store

DATA = b"a blob"
DIGEST = hashlib.sha256(DATA).hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(DATA)
    return path


def files(store: Store) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("expected", [None, DIGEST])
@pytest.mark.parametrize(("executable", "mode"), [(False, 0o444), (True, 0o555)])
def test_add_file(
    store: Store, source: Path, expected: str | None, executable: bool, mode: int
) -> None:
    assert store.add_file(source, expected, executable) == DIGEST
    path = store.path(DIGEST)
    assert path is not None
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o777 == mode
    assert path.name == DIGEST


def test_an_executable_stays_one(store: Store, source: Path) -> None:
    store.add_file(source, executable=True)
    store.add_file(source)
    path = store.path(DIGEST)
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o555


def test_wrong_bytes_leave_nothing(store: Store, source: Path) -> None:
    with pytest.raises(VesselError, match=f"VES-402.*{OTHER}, got {DIGEST}"):
        store.add_file(source, OTHER)
    assert store.path(OTHER) is None
    assert files(store) == []


def test_need(store: Store) -> None:
    with pytest.raises(VesselError, match=f"VES-401: the store has no zlib1g .*{OTHER}"):
        store.need(OTHER, "zlib1g")


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "ab"])
def test_only_a_digest_names_a_blob(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.path(name)


def test_a_record_needs_all_its_blobs(store: Store, source: Path) -> None:
    store.add_file(source)
    assert store.record(OTHER) is None
    store.put_record(OTHER, {"kubelet": DIGEST})
    assert store.record(OTHER) == {"kubelet": DIGEST}
    kept = store.path(DIGEST)
    assert kept is not None
    kept.unlink()
    assert store.record(OTHER) is None
    with pytest.raises(VesselError, match="VES-401"):
        store.put_record(OTHER, {"kubelet": DIGEST})


def test_a_damaged_record_is_none(store: Store, source: Path) -> None:
    store.add_file(source)
    store.put_record(OTHER, {"kubelet": DIGEST})
    (store.root / "records" / f"{OTHER}.json").write_text('{"kube')
    assert store.record(OTHER) is None


@pytest.mark.parametrize("read_before", [False, True])
def test_a_blob_that_was_damaged_is_told_and_removed(tmp_path: Path, read_before: bool) -> None:
    store, source = Store(tmp_path / "store"), tmp_path / "source"
    source.write_bytes(b"as it came")
    sha256 = store.add_file(source)
    blob = store.path(sha256)
    assert blob
    if read_before:
        assert store.need(sha256, "it") == blob
    blob.chmod(0o644)
    blob.write_bytes(b"as it goes")
    later = blob.stat().st_mtime_ns + 1
    os.utime(blob, ns=(later, later))
    with pytest.raises(VesselError, match="VES-406: the store's copy of it was damaged"):
        store.need(sha256, "it")
    assert store.path(sha256) is None


@pytest.mark.parametrize("more", ["/../../x", "0", "\n", ".json"])
def test_a_digest_is_that_and_nothing_more(tmp_path: Path, more: str) -> None:
    store = Store(tmp_path)
    for name in (f"{'a' * 64}{more}", f"{more}{'a' * 64}", "A" * 64, ""):
        with pytest.raises(ValueError, match="not a SHA-256"):
            store.path(name)
