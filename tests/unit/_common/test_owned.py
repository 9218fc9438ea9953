"""What other users own or may write is refused, with a code; and nothing of theirs is changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.places import (
    cache_root,
    open_cache,
)
from ansible_collections.vessel.image.plugins.module_utils._common.scratch import (
    scratch,
    scratch_root,
    sweep,
)
from ansible_collections.vessel.image.plugins.module_utils._common.turn import turn
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

NOBODY = 65534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
NAME = "a" * 64


@AS_ROOT
@pytest.mark.parametrize("what", ["", "stages", "locks", "store", ".."])
def test_a_directory_of_another_user(cache: Path, what: str) -> None:
    above = cache.parent / "above"
    above.mkdir()
    cache.rename(above / "cache")
    cache.symlink_to(above / "cache")
    (cache / what).mkdir(exist_ok=True)
    os.chown(cache / what, NOBODY, NOBODY)
    for using in (cache_root, open_cache) if what in ("", "..") else (open_cache,):
        with pytest.raises(VesselError, match=r"VES-114: .* belongs to the user nobody\n .*chown"):
            using()


@pytest.mark.parametrize("what", ["", "stages", "store"])
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_a_directory_that_others_may_write(cache: Path, what: str, mode: int) -> None:
    (cache / what).mkdir(exist_ok=True)
    (cache / what).chmod(mode)
    with pytest.raises(VesselError, match=rf"VES-114: .* others \(mode 0{mode:o}\)"):
        open_cache()


def test_tmp_itself_is_no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/tmp")
    for name in ("/tmp", f"{tmp_path}/link", f"{tmp_path}/../../../../../../tmp"):
        monkeypatch.setenv("VESSEL_CACHE", name)
        with pytest.raises(VesselError, match=r"VES-114: .*mode 1777"):
            cache_root()
    tmp_path.chmod(0o700)
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted").chmod(0o1777)
    monkeypatch.setenv("VESSEL_CACHE", str(tmp_path / "mounted"))
    cache_root()  # nobody else gets there


@AS_ROOT
@pytest.mark.parametrize("place", ["last", "between", "relative", "second"])
def test_a_link_of_another_user_on_the_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    (tmp_path / "real/cache").mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to({"last": tmp_path / "real/cache", "relative": "./real/../real"}.get(
        place, tmp_path / "real"))  # fmt: skip
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    name = link if place == "last" else link / "cache"
    if place == "second":
        (tmp_path / "first").symlink_to(link / "cache")
        name = tmp_path / "first"
    monkeypatch.setenv("VESSEL_CACHE", str(name))
    with pytest.raises(VesselError, match=r"VES-114: .*/link belongs to the user nobody"):
        cache_root()
    os.chown(link, os.geteuid(), -1, follow_symlinks=False)
    assert cache_root() == name


def test_links_of_ones_own_are_fine_and_a_circle_is_said(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "large disk").mkdir()
    (cache / "store").symlink_to(tmp_path / "large disk")
    assert open_cache() == cache
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VESSEL_CACHE", str(tmp_path / "one/cache"))
        with pytest.raises(VesselError, match="VES-107"):
            open_cache()


@AS_ROOT
@pytest.mark.parametrize("part", ["..", "", "result", "boot", "below"])
@pytest.mark.parametrize("how", ["given", "open"])
def test_a_planted_stage_is_not_used(cache: Path, part: str, how: str) -> None:
    with kept.making(NAME) as place:
        (place / "file").touch()
    assert kept.is_kept(NAME)
    if part == "below":
        with kept.making("b" * 64):
            pass
        (cache / "stages" / NAME / part).write_text("b" * 64)
    planted = cache / "stages" / NAME / part
    if how == "given":
        os.chown(planted, NOBODY, NOBODY)
    else:
        planted.chmod(0o777)
    with pytest.raises(VesselError, match=r"VES-114: .*/stages"):
        kept.is_kept(NAME)


@AS_ROOT
def test_a_planted_record_is_not_used(cache: Path) -> None:
    store = Store(cache / "store")
    (cache / "blob").write_bytes(b"x")
    store.put_record(NAME, {"deb": store.add_file(cache / "blob")})
    assert store.record(NAME)
    os.chown(cache / f"store/records/{NAME}.json", NOBODY, NOBODY)
    with pytest.raises(VesselError, match="VES-114"):
        store.record(NAME)


@pytest.mark.parametrize("how", ["link", "dangling", "hard link", "fifo", "directory", "given"])
@pytest.mark.parametrize("file", ["locks/stages", "version"])
def test_a_planted_lock_changes_no_other_file(
    cache: Path, tmp_path: Path, how: str, file: str
) -> None:
    victim, lock = tmp_path / "victim", cache / file
    victim.write_text("of root")
    lock.parent.mkdir(exist_ok=True)
    if how == "link":
        lock.symlink_to(victim)
    elif how == "dangling":
        lock.symlink_to(tmp_path / "made")
    elif how == "hard link":
        lock.hardlink_to(victim)
    elif how == "fifo":
        os.mkfifo(lock)
    elif how == "directory":
        lock.mkdir()
    elif os.geteuid() == 0:
        lock.touch()
        os.chown(lock, NOBODY, NOBODY)
    else:
        pytest.skip("needs root to give files away")
    with pytest.raises(VesselError, match=r"VES-(115|107): "), turn("stages", "a build"):
        pass
    assert victim.read_text() == "of root"
    assert not (tmp_path / "made").exists()


@AS_ROOT
def test_what_others_leave_in_a_shared_place_stops_nobody(tmp_path: Path) -> None:
    shared, victim = tmp_path / "shared", tmp_path / "victim"
    shared.mkdir()
    shared.chmod(0o1777)
    victim.write_text("of root")
    (shared / ".work.link.part").symlink_to(victim)
    (shared / ".work.nowhere.part").symlink_to(tmp_path / "nowhere")
    os.mkfifo(shared / ".work.fifo.part")  # root's own even: opening it would wait for ever
    (shared / ".work.theirs.part").mkdir()
    (shared / ".work.their-file.part").touch()
    for name in ("theirs", "their-file"):
        os.chown(shared / f".work.{name}.part", NOBODY, NOBODY)
    (shared / ".work.own.part").mkdir()
    assert sweep(shared, "work") == [shared / ".work.own.part"]
    assert victim.read_text() == "of root"
    assert len(list(shared.iterdir())) == 5
    with scratch("work", shared, owner=NOBODY) as place:
        status = place.stat()
        assert (status.st_uid, status.st_mode & 0o777) == (NOBODY, 0o700)
        assert sweep(shared, "work", owner=NOBODY) == [
            shared / ".work.their-file.part",
            shared / ".work.theirs.part",
        ]


@AS_ROOT
def test_a_leftover_of_root_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / ".work.root.part/in it").mkdir(parents=True)
    tmp_path.chmod(0o1777)
    for parent in (tmp_path.parent, tmp_path.parent.parent):
        assert parent.stat().st_uid == 0
    os.seteuid(NOBODY)
    try:
        assert sweep(Path(f"/proc/self/fd/{_held(tmp_path)}"), "work") == []
    finally:
        os.seteuid(0)
    assert (tmp_path / ".work.root.part/in it").exists()


def _held(directory: Path) -> int:
    """A descriptor by which a directory is found whose parents are closed to others."""
    os.seteuid(0)
    try:
        return os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    finally:
        os.seteuid(NOBODY)


def test_scratch_is_nobody_elses_whatever_the_umask(cache: Path) -> None:
    before = os.umask(0)
    try:
        with scratch("work") as place:
            assert place.stat().st_mode & 0o777 == 0o700
        with kept.making(NAME):
            pass
        assert kept.is_kept(NAME)
        with turn("stages", "a build"):
            assert scratch_root().is_dir()
    finally:
        os.umask(before)
