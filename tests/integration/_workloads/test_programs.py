"""The workloads do what the proof thinks they do: here on Wasmtime of PyPI, without a pod."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import cells
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.cells import Cell, Seen
from ansible_collections.vessel.image.plugins.module_utils._workloads import (
    container_images as images,
)
from ansible_collections.vessel.image.plugins.module_utils._workloads import (
    programs,
)
from ansible_collections.vessel.image.plugins.module_utils._workloads.onnx import weights
from ansible_collections.vessel.image.plugins.module_utils._workloads.programs import (
    Workload,
    build,
)

ROOT = Path(__file__).resolve().parents[3]
# A process of its own for each: a guest's exit and its output are the process's.
HOST = """
import sys, wasmtime
program, root, *environment = sys.argv[1].split("|")
wasi = wasmtime.WasiConfig()
wasi.argv = [program, *sys.argv[2:]]
wasi.env = [tuple(each.split("=", 1)) for each in environment]
wasi.inherit_stdout()
wasi.inherit_stderr()
wasi.preopen_dir(root, "/")
engine = wasmtime.Engine()
linker = wasmtime.Linker(engine)
linker.define_wasi()
store = wasmtime.Store(engine)
store.set_wasi(wasi)
instance = linker.instantiate(store, wasmtime.Module.from_file(engine, program))
try:
    instance.exports(store)["_start"](store)
except wasmtime.ExitTrap as trap:
    sys.exit(trap.code)
except wasmtime.Trap as trap:
    print(trap, file=sys.stderr)
    sys.exit(134)
"""


def run(program: Workload, arguments: tuple[str, ...], root: Path, *environment: str) -> Seen:
    first = "|".join([str(build(program, ROOT)), str(root), *environment])
    done = subprocess.run(
        [sys.executable, "-c", HOST, first, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Seen(done.returncode, done.stdout, "", 0)


@pytest.fixture
def guest_root(tmp_path: Path) -> Path:
    for name in ("data", "about"):
        (tmp_path / name).mkdir()
    (tmp_path / "about/name").write_text("cells-x")
    (tmp_path / "weights").write_bytes(weights())
    return tmp_path


# What only a container shows: devices, limits, the clock, what the kubelet makes of its end.
OF_A_CONTAINER = (
    *("devices", "clock", "memory-limit", "oom"),
    *("message", "fallback", "hardened"),
)
SIMPLE = [c for c in cells.plain("cells-x") if c.name not in OF_A_CONTAINER]


@pytest.mark.parametrize("cell", SIMPLE, ids=lambda cell: str(cell.name))
def test_a_cell(cell: Cell, guest_root: Path) -> None:
    found = run(Workload("check.c"), cell.arguments, guest_root, "GIVEN=value=with=signs",
                "POD=cells-x")  # fmt: skip
    assert cell.good(found), found


def test_cells_that_share_a_container(guest_root: Path) -> None:
    shared = [cell for cell in SIMPLE if cell.where == cells.TOGETHER]
    assert len(shared) > 3
    (made,) = cells.containers(shared)
    found = run(Workload("check.c"), tuple(made["args"]), guest_root, "GIVEN=value=with=signs",
                "POD=cells-x")  # fmt: skip
    assert [cell.name for cell in shared if not cell.good(cell.of(found))] == []


def test_check_stops_at_what_fails(guest_root: Path) -> None:
    found = run(Workload("check.c"), ("read", "/absent", "say", "on"), guest_root)
    assert (found.status, found.log) == (1, "read /absent: No such file or directory\n")
    found = run(Workload("check.c"), ("dance",), guest_root)
    assert found.status == 1 and "dance" in found.log


def test_a_model_of_tvm_and_its_weights(guest_root: Path) -> None:
    content = images.MATRIX[images.TVM]
    assert isinstance(content.program, Workload)
    cell, _ = cells.models([[0.1, -1.9, 1.5, 2.0], [0.0, 0.0, 0.0, 0.0], [2.0, 2.0, -2.0, 0.5]])
    assert cell.name == "tvm"
    assert cell.good(run(content.program, cell.arguments, guest_root))
    (guest_root / "weights").write_bytes(bytes(len(weights())))
    assert not cell.good(run(content.program, cell.arguments, guest_root))


def test_programs_build_to_the_same_bytes_with_other_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {
        content.program
        for content in {
            **images.BASIC,
            **images.INFERENCE,
            **images.MATRIX,
        }.values()
        if isinstance(content.program, Workload)
    }
    first = [build(program, ROOT).name for program in wanted]
    monkeypatch.setattr(programs, "cache_root", lambda: tmp_path)
    assert [build(program, ROOT).name for program in wanted] == first
    assert len(set(first)) == len(first)
