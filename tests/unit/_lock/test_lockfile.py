from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow.locking import _why
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions import DISTRIBUTIONS
from ansible_collections.vessel.image.plugins.module_utils._lock import lockfile
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from unit.locked import WHOLE

LOCK = Lock(WHOLE)


def test_a_lock_lies_beside_its_spec() -> None:
    assert lockfile.lock_path(Path("specs/wasm-node.yml")) == Path("specs/wasm-node.lock.yml")


def test_a_lock_is_read_back_as_written_and_is_stable(tmp_path: Path) -> None:
    path = tmp_path / "a.lock.yml"
    assert lockfile.write_lock(path, LOCK, Path("a.yml")) is True
    assert lockfile.read_lock(path) == LOCK
    assert lockfile.write_lock(path, LOCK, Path("a.yml")) is False
    assert "go_mod: |\n        module k8s.io/kubernetes\n" in path.read_text()


def test_no_lock_is_none(tmp_path: Path) -> None:
    assert lockfile.read_lock(tmp_path / "none.lock.yml") is None


def test_a_lock_is_current_only_for_its_spec(root: Path) -> None:
    directory = root / "specs"
    spec = load_spec(directory / "wasm-node.yml")
    assert not lockfile.is_current(None, spec, directory, root)
    assert not lockfile.is_current(Lock({"for": {}}), spec, directory, root)
    lock = Lock({"for": lockfile.requirements(spec, directory, root)})
    assert lockfile.is_current(lock, spec, directory, root)


def test_a_lock_of_other_crates_is_not_current_where_a_shim_is_built_of_them(
    root: Path, tmp_path: Path
) -> None:
    other = tmp_path / "native/rust/Cargo.lock"
    other.parent.mkdir(parents=True)
    other.write_bytes((root / "native/rust/Cargo.lock").read_bytes() + b"# other\n")
    for name, current in (("molecule/runtimes/spec.yml", False), ("specs/wasm-node.yml", True)):
        spec = load_spec(root / name)
        lock = Lock({"for": lockfile.requirements(spec, root / "specs", root)})
        assert lockfile.is_current(lock, spec, root / "specs", tmp_path) is current


def test_a_lock_without_what_this_version_takes_is_not_current(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = load_spec(root / "specs/wasm-node.yml")
    lock = Lock({"for": lockfile.requirements(spec, root / "specs", root)})
    debian = DISTRIBUTIONS["debian"]
    more = replace(debian, node=(*debian.node, "one-more"))
    with monkeypatch.context() as patch:
        patch.setattr(lockfile, "DISTRIBUTIONS", {"debian": more})
        assert not lockfile.is_current(lock, spec, root / "specs", root)
        wanted = lockfile.requirements(spec, root / "specs", root)
        assert _why(lock, wanted, update=False) == "this version of Vessel takes other packages"
    monkeypatch.setattr(lockfile, "GO_MODULES", {"one": 1})
    assert not lockfile.is_current(lock, spec, root / "specs", root)
    wanted = lockfile.requirements(spec, root / "specs", root)
    assert _why(lock, wanted, update=False) == "this version of Vessel takes other programs"


def test_a_lock_of_before_repositories_were_kept_apart_is_stale(root: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key\n")
    (tmp_path / "a.yml").write_text(
        'schema: 1\nname: a\nkubernetes: {version: "1.36.3"}\ncustomize:\n  repositories:\n'
        "    - {name: own, uri: 'https://a.example', suites: [a], components: [b], key: key}\n"
    )
    spec = load_spec(tmp_path / "a.yml")
    wanted = lockfile.requirements(spec, tmp_path, root)
    [repository] = wanted["debian"]["repositories"]
    before = {key: each for key, each in repository.items() if key != "replaces"}
    lock = Lock({"for": {**wanted, "debian": {**wanted["debian"], "repositories": [before]}}})
    assert not lockfile.is_current(lock, spec, tmp_path, root)
    assert _why(lock, wanted, update=False) == "this version of Vessel takes other packages"


def test_what_lies_beside_a_spec_is_part_of_its_lock(root: Path, tmp_path: Path) -> None:
    text = (root / "specs/wasm-node.yml").read_text()
    files = "customize: {files: [{path: /etc/a, source: a}]}"
    assert "customize: {}" in text
    (tmp_path / "s.yml").write_text(text.replace("customize: {}", files))
    (tmp_path / "a").write_text("one")
    spec = load_spec(tmp_path / "s.yml")
    lock = Lock({"for": lockfile.requirements(spec, tmp_path, root)})
    assert lockfile.is_current(lock, spec, tmp_path, root)
    (tmp_path / "a").write_text("two")
    assert not lockfile.is_current(lock, spec, tmp_path, root)
