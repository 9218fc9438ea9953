"""A Go program of this project, by a scripted `go`: what it is made of, and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import GoSource
from ansible_collections.vessel.image.plugins.module_utils._lock import programs
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Stage, Work
from ansible_collections.vessel.image.plugins.module_utils._stages.go_source import go_source, make
from ansible_collections.vessel.image.plugins.module_utils._stages.toolchain import toolchain
from ansible_collections.vessel.image.plugins.module_utils._stages.tools import tools

# Notes every call; `list` names two packages, `build` writes what lies around it.
COMPILES = """#!/bin/sh
echo "$*" >>"$GOROOT/calls"
case "$1" in
list) echo a; echo b;;
build) for word; do case "$word" in -o=*) find . -type f | sort >"${word#-o=}demo";; esac; done;;
esac
"""
PROGRAM = GoSource("native/go", "./cmd/demo", name="demo")


@pytest.fixture
def goroot(tmp_path: Path) -> Path:
    place = tmp_path / "goroot"
    (place / "bin").mkdir(parents=True)
    (place / "bin/go").write_text(COMPILES)
    (place / "bin/go").chmod(0o755)
    return place


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    native = tmp_path / "collection/native/go"
    for name in ("go.mod", "cmd/demo/main.go", "cmd/demo/main_test.go", ".git/HEAD"):
        (native / name).parent.mkdir(parents=True, exist_ok=True)
        (native / name).write_text(name)
    return tmp_path / "collection"


def stage_of(
    root: Path, collection: Path, *, program: GoSource = PROGRAM, architecture: str = "amd64"
) -> Stage:
    goroot = toolchain(root, {"version": "go1", "sum": "h1:t"}, tools=tools(root, []))
    processor = ARCHITECTURES[architecture]
    return go_source(collection, program, toolchain=goroot, architecture=processor)


def work_of(stage: Stage, collection: Path, goroot: Path) -> Work:
    place = goroot.parent / "place"
    place.mkdir()
    return Work(stage.options, {"toolchain": goroot}, {}, place, stage.id, collection)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("cmd/demo/main.go", True),
        ("go.mod", True),
        ("cmd/demo/new.go", True),
        ("cmd/demo/main_test.go", False),
        (".git/HEAD", False),
    ],
)
def test_which_files_make_another_program(
    root: Path, collection: Path, name: str, counts: bool
) -> None:
    before = stage_of(root, collection).id
    (collection / "native/go" / name).write_text("changed")
    assert (stage_of(root, collection).id != before) is counts


def test_so_do_flags_package_and_processor(
    root: Path, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [stage_of(root, collection).id, stage_of(root, collection, architecture="arm64").id]
    other = GoSource("native/go", "./cmd/other", name="demo")
    found.append(stage_of(root, collection, program=other).id)
    monkeypatch.setattr(programs, "LINKER", ("-s",))
    found.append(stage_of(root, collection).id)
    assert len({*found}) == 4


def test_it_is_built_of_the_files_in_its_id_alone(
    root: Path, cache: Path, collection: Path, goroot: Path
) -> None:
    work = work_of(stage_of(root, collection), collection, goroot)
    make(work)
    assert [path.name for path in work.place.iterdir()] == ["demo"]
    assert (work.place / "demo").read_text() == "./cmd/demo/main.go\n./go.mod\n"
    assert (work.place / "demo").stat().st_mode & 0o777 == 0o755
    fetched, built = (goroot / "calls").read_text().splitlines()
    assert fetched.startswith("list ") and fetched.endswith(" ./cmd/demo")
    assert built.startswith("build ") and built.endswith(" -ldflags=-s -w ./cmd/demo")
    assert list((cache / "scratch").iterdir()) == []


def test_a_source_that_was_edited_meanwhile_is_not_built(
    root: Path, cache: Path, collection: Path, goroot: Path
) -> None:
    work = work_of(stage_of(root, collection), collection, goroot)
    (collection / "native/go/cmd/demo/main.go").write_text("edited")
    with pytest.raises(VesselError, match=r"VES-402: cmd/demo/main\.go was edited"):
        make(work)
    assert not (goroot / "calls").exists()
