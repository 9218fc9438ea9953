"""When a stage's result is trusted, and when it is made again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

ID = "a" * 64


@pytest.fixture
def boot(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that names the boot of the host."""
    file = tmp_path / "boot_id"
    file.write_text("first\n")
    monkeypatch.setattr(kept, "BOOT_ID", file)
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
