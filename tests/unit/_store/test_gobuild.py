"""Builds around a scripted `go`: what is reused, what is kept, and how a failure reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock.programs import build_key
from ansible_collections.vessel.image.plugins.module_utils._store import (
    compiling,
    gobuild,
    toolchain,
)
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store

# Writes $OUTPUT into the directory of -o; `list` names two packages.
COMPILES = """#!/bin/sh
echo "$*" >> "$GOROOT/calls"
case "$1" in
list) echo a; echo b;;
build)
  echo example.com/a >&2
  [ -n "$(cat "$GOROOT/fails" 2>/dev/null)" ] && { echo "x.go:1: syntax error" >&2; exit 1; }
  for word; do case "$word" in -o=*) cp "$0" "${word#-o=}demo";; esac; done;;
esac
"""


@pytest.fixture
def goroot(tmp_path: Path) -> Path:
    root = tmp_path / "goroot"
    (root / "bin").mkdir(parents=True)
    (root / "bin/go").write_text(COMPILES)
    (root / "bin/go").chmod(0o755)
    (root / "vessel.sum").write_text("h1:t")
    return root


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "native"
    (directory / ".git").mkdir(parents=True)
    for name in ("go.mod", "main.go", "main_test.go", ".git/HEAD"):
        (directory / name).write_text(name)
    return directory


def test_a_native_program_is_built_once(tmp_path: Path, goroot: Path, source: Path) -> None:
    store, cache = Store(tmp_path / "store"), tmp_path / "cache"

    def build() -> str:
        return gobuild.build_native("demo", source, ".", goroot, store, cache)

    first = build()
    assert store.need(first, "demo").read_text() == COMPILES
    assert store.need(first, "demo").stat().st_mode & 0o777 == 0o555
    calls = (goroot / "calls").read_text()
    (source / "main_test.go").write_text("changed")
    assert build() == first
    assert (goroot / "calls").read_text() == calls
    (source / "main.go").write_text("changed")
    build()
    assert (goroot / "calls").read_text() != calls
    assert list((cache / "scratch").iterdir()) == []


def test_a_failure_shows_the_compilers_last_words(
    tmp_path: Path, goroot: Path, source: Path
) -> None:
    (goroot / "fails").write_text("yes")
    store = Store(tmp_path / "store")
    with pytest.raises(VesselError, match="VES-411") as error:
        gobuild.build_native("demo", source, ".", goroot, store, tmp_path / "cache")
    assert "syntax error" in str(error.value)
    assert not (tmp_path / "store/records").exists()


def test_a_kept_build_starts_nothing(tmp_path: Path, goroot: Path) -> None:
    store = Store(tmp_path / "store")
    sha256 = store.add_file(goroot / "bin/go", executable=True)
    locked = {"version": "v1.0.0", "time": ""}
    store.put_record(build_key("etcd", locked, "h1:t"), {"etcd": sha256})
    assert gobuild.build("etcd", locked, goroot, store, tmp_path) == {"etcd": sha256}
    assert not (goroot / "calls").exists()


def test_progress_is_reported_while_it_runs(
    tmp_path: Path, goroot: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tmp_path / "lines"
    monkeypatch.setenv("VESSEL_PROGRESS", str(lines))
    monkeypatch.setattr(compiling, "REPORT_EVERY", 0.01)
    script = (goroot / "bin/go").read_text().replace("  for word", "  sleep 0.3\n  for word")
    (goroot / "bin/go").write_text(script)
    gobuild.build_native("demo", source, ".", goroot, Store(tmp_path / "s"), tmp_path / "cache")
    assert "build: demo: 1 of at most 2 packages, 0 s" in lines.read_text()


def test_only_a_toolchain_of_ours_builds(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match="VES-410"):
        toolchain.identity(tmp_path)
