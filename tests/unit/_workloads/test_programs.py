"""A workload is built anew when its source or its compiler is another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._workloads import programs

ADD = '(module (func (export "f") (result i32) i32.const {}))'


@pytest.fixture
def built(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], str]:
    """Builds a program that gives a number; says which is in the store, and how often any was
    compiled."""
    (tmp_path / programs.DIRECTORY).mkdir()
    count, compile_ = [0], programs._text

    def counted(*given: object) -> None:
        count[0] += 1
        compile_(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(programs, "_text", counted)

    def build(number: int) -> str:
        (tmp_path / programs.DIRECTORY / "a.wat").write_text(ADD.format(number))
        data = programs.build(programs.Workload("a.wat"), tmp_path).read_bytes()
        assert data.startswith(b"\0asm")
        return f"{data[-2]} of {count[0]}"  # i32.const is followed by its number and an end

    return build


def test_an_edited_workload_is_built_anew(built: Callable[[int], str]) -> None:
    assert [built(1), built(1), built(2), built(1)] == ["1 of 1", "1 of 1", "2 of 2", "1 of 2"]


def test_another_compiler_builds_anew(
    built: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert built(1) == "1 of 1"
    monkeypatch.setattr(programs, "_versions", lambda: {"wasmtime": "another"})
    assert built(1) == "1 of 2"
