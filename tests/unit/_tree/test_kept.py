"""When a stage's result is trusted, and when it is made again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

ID = "a" * 64


@pytest.fixture
def boot(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that names the boot of the host."""
    file = tmp_path / "boot_id"
    file.write_text("first\n")
    monkeypatch.setattr(kept, "BOOT_ID", file)
    monkeypatch.setattr(kept, "_sound", set())  # what another test's process has read
    return file


def make(content: str = "file") -> None:
    kept.place(ID).mkdir(parents=True)
    (kept.place(ID) / content).touch()
    kept.settle(ID)


def make_layers() -> Path:
    """The same with a layer over it; returns where that one's result is."""
    make()
    above = kept.place("b" * 64)
    above.mkdir(parents=True)
    (above.parent / "below").write_text(ID)
    kept.settle("b" * 64)
    return above


def test_a_result_counts_when_it_is_settled(boot: Path) -> None:
    assert not kept.is_kept(ID)
    kept.place(ID).mkdir(parents=True)
    assert not kept.is_kept(ID)
    kept.settle(ID)
    assert kept.is_kept(ID)
    shutil.rmtree(kept.place(ID))
    assert not kept.is_kept(ID)


def test_another_boot_trusts_only_what_was_met_again(boot: Path) -> None:
    make()
    mark = kept.stages_root() / ID / "boot"
    kept.touch(ID)
    boot.write_text("second\n")
    assert not kept.is_kept(ID)  # it may never have reached the disk
    boot.write_text("first\n")
    os.utime(mark, (1, 1))
    kept.touch(ID)
    boot.write_text("second\n")
    assert kept.is_kept(ID)


def test_where_no_layer_can_be_mounted_a_copy_is_opened_filled_and_closed(boot: Path) -> None:
    make()
    tree = kept.open_tree(ID, "b" * 64)
    (tree / "more").touch()
    assert not kept.is_kept("b" * 64)
    kept.close("b" * 64)
    assert kept.is_kept("b" * 64)
    assert sorted(path.name for path in kept.place("b" * 64).iterdir()) == ["file", "more"]
    assert [path.name for path in kept.place(ID).iterdir()] == ["file"]


def test_what_killed_builds_left_is_cleared(boot: Path) -> None:
    make()
    tree = kept.open_tree(ID, "b" * 64)
    stage = kept.place("b" * 64).parent
    assert tree.is_relative_to(stage)
    (stage / ".result.x.part").mkdir()
    kept.clear()
    assert list(stage.iterdir()) == []
    assert kept.is_kept(ID)


def test_a_layer_counts_only_with_what_lies_below_it(boot: Path) -> None:
    make_layers()
    assert kept.is_kept("b" * 64)
    (kept.stages_root() / ID / "boot").unlink()
    assert not kept.is_kept("b" * 64)


def test_what_lies_below_is_as_new_as_what_uses_it(boot: Path) -> None:
    above = make_layers()
    os.utime(kept.place(ID).parent, (1, 1))
    kept.touch("b" * 64)
    assert kept.place(ID).parent.stat().st_mtime >= above.parent.stat().st_mtime


def test_an_old_mark_does_not_vouch_for_a_result_that_replaces_another(
    boot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = make_layers()
    (above.parent / "boot").write_text(kept.DURABLE)
    kept.open_tree(ID, "b" * 64)

    def power_cut(stage_id: str) -> None:
        raise InterruptedError(stage_id)

    with monkeypatch.context() as patch:
        patch.setattr(kept, "settle", power_cut)
        with pytest.raises(InterruptedError):
            kept.close("b" * 64)
    assert kept.place("b" * 64).is_dir()
    assert not kept.is_kept("b" * 64)


@pytest.mark.parametrize("vouched", [False, True])
def test_a_result_is_kept_when_its_block_has_ended(boot: Path, vouched: bool) -> None:
    with kept.making(ID, vouched=vouched) as place:
        (place / "file").touch()
        assert not kept.is_kept(ID)
        assert not kept.place(ID).exists()
    assert kept.is_kept(ID)
    assert [path.name for path in kept.place(ID).iterdir()] == ["file"]
    boot.write_text("second\n")
    assert kept.is_kept(ID) is vouched  # which is on the disk


@pytest.mark.parametrize("vouched", [False, True])
def test_a_block_that_raises_leaves_nothing(boot: Path, vouched: bool) -> None:
    with pytest.raises(InterruptedError), kept.making(ID, vouched=vouched) as place:
        (place / "file").touch()
        raise InterruptedError
    assert not kept.is_kept(ID)
    assert list((kept.stages_root() / ID).iterdir()) == []


def test_a_block_that_raises_over_another_result_changes_neither(boot: Path) -> None:
    make()
    with pytest.raises(InterruptedError), kept.making("b" * 64, over=ID) as place:
        assert (place / "file").exists()
        (place / "file").unlink()
        raise InterruptedError
    assert not kept.is_kept("b" * 64)
    assert [path.name for path in kept.place(ID).iterdir()] == ["file"]
    assert list((kept.stages_root() / ("b" * 64)).iterdir()) == []


def test_an_old_mark_does_not_vouch_for_what_is_made_in_its_place(
    boot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    (kept.stages_root() / ID / "boot").write_text(kept.DURABLE)
    shutil.rmtree(kept.place(ID))

    def power_cut(stage_id: str) -> None:
        raise InterruptedError(stage_id)

    monkeypatch.setattr(kept, "settle", power_cut)
    with pytest.raises(InterruptedError), kept.making(ID):
        pass
    assert kept.place(ID).is_dir()
    assert not kept.is_kept(ID)


def make_vouched() -> Path:
    with kept.making(ID, vouched=True) as place:
        (place / "bin").mkdir()
        (place / "bin/go").write_bytes(b"program")
        (place / "link").symlink_to("bin/go")
        (place / "empty").touch()
    return kept.place(ID)


def relink(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: (place / "bin/go").write_bytes(b"prograM"),
        lambda place: (place / "bin/go").unlink(),
        lambda place: (place / "empty").unlink(),
        lambda place: (place / "bin/added").touch(),
        lambda place: relink(place / "link", "bin"),
    ],
    ids=["a flipped bit", "missing", "an empty one missing", "added", "a link elsewhere"],
)
def test_a_damaged_result_that_was_vouched_for_is_refused_and_removed(
    boot: Path, damage: Callable[[Path], None]
) -> None:
    place = make_vouched()
    damage(place)
    with pytest.raises(VesselError, match=r"VES-406: the cache's copy of the Go toolchain was"):
        kept.check(ID, "the Go toolchain")
    assert not kept.is_kept(ID)
    assert not place.parent.exists()


def test_a_whole_result_passes_and_is_read_once(boot: Path) -> None:
    place = make_vouched()
    kept.check(ID, "the Go toolchain")
    (place / "bin/go").unlink()
    kept.check(ID, "the Go toolchain")


def test_a_result_that_nobody_vouched_for_passes(boot: Path) -> None:
    with kept.making(ID) as place:
        (place / "file").touch()
    (kept.place(ID) / "file").unlink()
    kept.check(ID, "a tree")
    assert kept.is_kept(ID)


def test_a_result_is_forgotten_with_all_that_was_noted_of_it(boot: Path) -> None:
    make_vouched()
    kept.forget(ID)
    assert list(kept.stages_root().iterdir()) == []
    with kept.making(ID) as place:
        (place / "file").touch()
    kept.check(ID, "made anew")  # by no digests of the old one
    assert kept.is_kept(ID)


def test_what_is_forgotten_half_way_is_not_trusted(
    boot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vouched()

    def killed(path: Path) -> None:
        (path / "files").unlink()
        raise InterruptedError(path)

    monkeypatch.setattr(kept, "remove", killed)
    with pytest.raises(InterruptedError):
        kept.forget(ID)
    assert kept.place(ID).is_dir()
    assert not kept.is_kept(ID)


@pytest.fixture
def synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with what `sync` was asked to force to the disk, and the marks of that time."""
    programs, told = tmp_path / "programs", tmp_path / "synced"
    programs.mkdir()
    told.touch()
    marks = f"$(cat {kept.stages_root()}/*/boot 2>/dev/null | tr -d '\\n')"
    (programs / "sync").write_text(f'#!/bin/sh\necho "$* {marks}" >>{told}\n')
    (programs / "sync").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return told


def test_what_is_called_durable_was_forced_to_the_disk_before(boot: Path, synced: Path) -> None:
    make()
    mark = kept.stages_root() / ID / "boot"
    kept.touch(ID)
    assert synced.read_text() == "" and mark.read_text() == "first\n"  # made just now
    past = mark.stat().st_mtime - kept.WRITTEN_BACK - 1
    os.utime(mark, (past, past))
    kept.touch(ID)
    assert synced.read_text() == f"--file-system {mark} first\n"
    assert mark.read_text() == kept.DURABLE
    kept.touch(ID)
    assert len(synced.read_text().splitlines()) == 1


def test_what_is_vouched_for_is_forced_to_the_disk_before_it_counts(
    boot: Path, synced: Path
) -> None:
    with kept.making(ID, vouched=True) as place:
        (place / "file").write_text("an hour's compiling")
    assert synced.read_text() == f"--file-system {kept.stages_root() / ID / 'files'} \n"
    assert (kept.stages_root() / ID / "boot").read_text() == kept.DURABLE
