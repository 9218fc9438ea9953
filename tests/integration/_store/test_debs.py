"""Packages come through apt's own transports; what is wrong never enters the store."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Blob
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs

NAMES = [f"package{number}" for number in range(40)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    pool = tmp_path / "archive/pool"
    pool.mkdir(parents=True)
    for name in NAMES:
        (pool / f"{name}_1+b1_all.deb").write_text(name)
    return tmp_path / "archive"


@pytest.fixture
def mirrors(archive: Path) -> dict[str, str]:
    return {"debian": f"copy:{archive}/"}


def locked(name: str, **origin: str) -> Blob:
    digest = hashlib.sha256(name.encode()).hexdigest()
    where = {"archive": "debian", "path": f"pool/{name}_1+b1_all.deb", **origin}
    return Blob(digest, len(name), name, where)


def test_several_batches(tmp_path: Path, mirrors: dict[str, str]) -> None:
    store = Store(tmp_path / "store")
    packages = [locked(name) for name in NAMES]
    assert fetch_debs(packages, store, mirrors=mirrors) == sum(map(len, NAMES))
    for package in packages:
        kept = store.path(package.sha256)
        assert kept is not None
        assert kept.read_text() == package.name
    # Nothing is missing any more: no mirror is needed.
    assert fetch_debs(packages, store, mirrors={}) == 0


@pytest.mark.parametrize(
    ("content", "error"),
    [("changed8", "VES-402"), ("longer than before", "VES-402"), (None, "VES-403")],
)
def test_refused(
    tmp_path: Path, archive: Path, mirrors: dict[str, str], content: str | None, error: str
) -> None:
    store = Store(tmp_path / "store")
    bad = archive / "pool/package1_1+b1_all.deb"
    if content is None:
        bad.unlink()
    else:
        bad.write_text(content)
    with pytest.raises(VesselError, match=rf"{error}.*{locked('package1').sha256}"):
        fetch_debs([locked("package1"), locked("package2")], store, mirrors=mirrors)
    assert store.path(locked("package1").sha256) is None
    # What came whole is kept, so that another attempt has less to do.
    assert store.path(locked("package2").sha256) is not None


def test_a_package_of_the_specs_own_archive(tmp_path: Path, archive: Path) -> None:
    store = Store(tmp_path / "store")
    own = locked("package1", archive="repository own", root=f"copy:{archive}/")
    assert fetch_debs([own], store, mirrors={"debian": "copy:/nonexistent/"}) == len("package1")
    assert store.path(own.sha256) is not None
