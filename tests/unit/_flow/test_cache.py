"""The cache says how large it is, finds what is damaged, and gets smaller."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow import cache as module
from ansible_collections.vessel.image.plugins.module_utils._flow.making import the_store
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

BLOCK = 4096


def blob(content: bytes, age_days: float, tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.write_bytes(content)
    path = the_store().path(the_store().add_file(source))
    assert path is not None
    aged(path, age_days)
    return path


def stage(name: str, age_days: float) -> Path:
    identity = name * 64
    kept.place(identity).mkdir(parents=True)
    (kept.place(identity) / "file").write_bytes(bytes(BLOCK))
    kept.settle(identity)
    aged(kept.stages_root() / identity, age_days)
    return kept.stages_root() / identity


def aged(path: Path, days: float) -> None:
    then = time.time() - days * module.DAY
    os.utime(path, (then, then))


def test_sizes_by_kind(cache: Path, tmp_path: Path) -> None:
    assert module.sizes(module.items()) == {}
    blob(bytes(3 * BLOCK), 0, tmp_path)
    stage("a", 0)
    sizes = module.sizes(module.items())
    assert sizes["store"] == 3 * BLOCK
    assert sizes["stages"] >= 2 * BLOCK  # the file, and its mark


def test_what_was_not_used_for_long_goes(cache: Path, tmp_path: Path) -> None:
    old, new = stage("a", 31), stage("b", 29)
    gone, stays = blob(b"old", 31, tmp_path), blob(b"new", 29, tmp_path)
    would = module.prune(30 * module.DAY, None, check=True)
    assert {item.path for item in would} == {old, gone}
    assert old.exists()
    assert {item.path for item in module.prune(30 * module.DAY, None)} == {old, gone}
    assert not old.exists() and not gone.exists()
    assert new.exists() and stays.exists()
    assert kept.is_kept("b" * 64)


def test_the_longest_unused_goes_first_until_it_fits(cache: Path, tmp_path: Path) -> None:
    stages = [stage(name, days) for name, days in (("a", 3), ("b", 2), ("c", 1))]
    total = sum(module.sizes(module.items()).values())
    module.prune(30 * module.DAY, total - 1)
    assert [path.exists() for path in stages] == [False, True, True]


def test_no_half_stays_of_what_a_killed_one_removed(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crates = cache / module.CRATES / "lock"
    (crates / "itoa").mkdir(parents=True)
    aged(crates, 31)

    def killed(path: Path) -> None:
        (path / "itoa").rmdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "remove", killed)
    with pytest.raises(KeyboardInterrupt):
        module.prune(30 * module.DAY, None)
    assert not crates.exists()


def test_use_keeps_young(cache: Path, tmp_path: Path) -> None:
    place, path = stage("a", 40), blob(b"used", 40, tmp_path)
    kept.touch("a" * 64)
    the_store().touch([path.name])
    assert module.prune(30 * module.DAY, None) == []
    assert place.exists()


def test_a_flipped_byte_is_found_and_removed(cache: Path, tmp_path: Path) -> None:
    sound, damaged = blob(b"sound", 0, tmp_path), blob(b"damaged", 0, tmp_path)
    damaged.chmod(0o644)
    damaged.write_bytes(b"damaGed")
    assert module.verify(remove_damaged=False) == [damaged]
    assert damaged.exists()
    assert module.verify() == [damaged]
    assert module.verify() == []
    assert sound.exists()


def test_a_damaged_blob_is_refused_and_removed(cache: Path, tmp_path: Path) -> None:
    path = blob(b"a package", 0, tmp_path)
    path.chmod(0o644)
    path.write_bytes(b"a pacKage")
    with pytest.raises(VesselError, match=r"VES-406: the store's copy of zlib1g was damaged"):
        the_store().need(path.name, "zlib1g")
    with pytest.raises(VesselError, match="VES-401"):
        the_store().need(path.name, "zlib1g")
