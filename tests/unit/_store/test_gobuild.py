"""Compiling by a scripted `go`: what is left, how a failure reads, and what is told meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock.gocommand import Go
from ansible_collections.vessel.image.plugins.module_utils._store import compiling
from ansible_collections.vessel.image.plugins.module_utils._store.gobuild import compile_go

# Writes itself and what it sees into the directory of -o.
COMPILES = """#!/bin/sh
echo example.com/a >&2
[ -e "$GOROOT/fails" ] && { echo "x.go:1: syntax error" >&2; exit 1; }
for word; do case "$word" in -o=*)
  [ -e "$GOROOT/makes-nothing" ] || cp "$0" "${word#-o=}demo"
  { echo "$*"; env; pwd; } >"$GOROOT/seen";;
esac; done
"""


@pytest.fixture
def go(tmp_path: Path) -> Go:
    program = tmp_path / "goroot/bin/go"
    program.parent.mkdir(parents=True)
    program.write_text(COMPILES)
    program.chmod(0o755)
    return Go.of(tmp_path / "goroot", tmp_path / "cache", {"GOARCH": "riscv64"})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "place").mkdir()
    (tmp_path / "source").mkdir()
    return tmp_path / "place"


def build(go: Go, place: Path) -> list[Path]:
    return compile_go(go, "demo", place.parent / "source", place, ["-trimpath", "./cmd"], 2)


def test_the_programs_are_all_that_is_left(go: Go, place: Path) -> None:
    assert build(go, place) == [place / "demo"] == list(place.iterdir())
    assert (place / "demo").read_text() == COMPILES
    assert (place / "demo").stat().st_mode & 0o777 == 0o755
    assert list((go.cache / "scratch").iterdir()) == []


def test_what_the_compiler_sees(go: Go, place: Path) -> None:
    build(go, place)
    arguments, *rest = (go.root / "seen").read_text().splitlines()
    assert arguments == f"build -v -p=2 -o={place}/ -trimpath ./cmd"
    assert {"GOARCH=riscv64", "GOPROXY=off", "GOENV=off", str(place.parent / "source")} < {*rest}
    (temporary,) = (line for line in rest if line.startswith("GOTMPDIR="))
    assert not Path(temporary.partition("=")[2]).exists()


def test_a_failure_shows_the_compilers_last_words(go: Go, place: Path) -> None:
    (go.root / "fails").touch()
    with pytest.raises(VesselError, match="VES-411: demo does not build") as error:
        build(go, place)
    assert "syntax error" in str(error.value)
    assert list((go.cache / "scratch").iterdir()) == []


def test_a_build_without_a_program_is_a_failure(go: Go, place: Path) -> None:
    (go.root / "makes-nothing").touch()
    with pytest.raises(VesselError, match="VES-411"):
        build(go, place)


def test_progress_is_reported_while_it_runs(
    tmp_path: Path, go: Go, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tmp_path / "lines"
    monkeypatch.setenv("VESSEL_PROGRESS", str(lines))
    monkeypatch.setattr(compiling, "REPORT_EVERY", 0.01)
    program = go.root / "bin/go"
    program.write_text(COMPILES.replace("for word", "sleep 0.3\nfor word"))
    build(go, place)
    assert "build: demo: 1 of at most 2 packages, 0 s" in lines.read_text()
