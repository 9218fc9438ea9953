"""Scratch is removed by whoever made it, or swept once that process is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.files import (
    atomic_directory,
    atomic_file,
)
from ansible_collections.vessel.image.plugins.module_utils._common.scratch import scratch, sweep

LIBRARY = "ansible_collections.vessel.image.plugins.module_utils._common"
# Writes half of something, says so, and waits to be killed.
HALF = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from {LIBRARY}.files import atomic_directory, atomic_file
place = Path(sys.argv[2])
with atomic_file(place / "file") as file, atomic_directory(place / "tree") as t:
    file.write(b"half")
    file.flush()
    (t / "half").touch()
    print("ready", flush=True)
    time.sleep(60)
"""


def test_it_goes_with_the_block(tmp_path: Path) -> None:
    with scratch("work", tmp_path) as place:
        (place / "file").touch()
        assert place.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_use_is_not_swept(tmp_path: Path) -> None:
    with (
        scratch("work", tmp_path) as place,
        atomic_file(tmp_path / "file") as file,
        atomic_directory(tmp_path / "tree") as tree,
    ):
        assert sweep(tmp_path) == []
        file.write(b"whole")
        (tree / "in it").touch()
        assert place.is_dir()
    assert (tmp_path / "file").read_bytes() == b"whole"
    assert (tmp_path / "tree/in it").exists()


def test_what_a_killed_process_left_is_swept(root: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-c", HALF, str(root / "collections"), str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert len(list(tmp_path.iterdir())) == 2
        assert sweep(tmp_path) == []
        child.kill()
    assert len(sweep(tmp_path)) == 2
    assert list(tmp_path.iterdir()) == []


def test_only_the_named_are_swept_and_nothing_of_others(tmp_path: Path) -> None:
    for name in (".work.1.part", ".other.1.part", ".work.1", "work.part"):
        (tmp_path / name).touch()
    assert sweep(tmp_path, "work") == [tmp_path / ".work.1.part"]
    assert sweep(tmp_path / "no such directory") == []


def test_a_directory_replaces_another_or_leaves_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for content in ("first", "second"):
        with atomic_directory(tree) as fresh:
            (fresh / content).touch()
    with pytest.raises(RuntimeError), atomic_directory(tree) as fresh:
        (fresh / "third").touch()
        raise RuntimeError
    assert [path.name for path in tree.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [tree]


@pytest.mark.parametrize("name", ["a" * 241, "b" * 255, "ö" * 127, "x" + "€" * 84])
def test_scratch_for_the_longest_names(tmp_path: Path, name: str) -> None:
    with atomic_file(tmp_path / name) as file, scratch(name, tmp_path) as place:
        file.write(b"whole")
        assert place.is_dir()
    (tmp_path / f".{name[:50]}.left.part").touch()
    assert len(sweep(tmp_path)) == 1
    with atomic_directory(tmp_path / "tree" / name) as fresh:
        (fresh / "in it").touch()
    assert (tmp_path / name).read_bytes() == b"whole"
    assert (tmp_path / "tree" / name / "in it").exists()
