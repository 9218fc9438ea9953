"""The programs of `workloads/`, built once by packages of requirements.txt and kept in the store.

C goes through `zig cc`, which brings its own wasi-libc; WebAssembly as text through Wasmtime's
`wat2wasm`; a model through Apache TVM. None of them needs a network or anything else of the host.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import digest, sha256_file
from .._common.places import cache_root
from .._common.run import run
from .._common.scratch import scratch
from .._store.content import Store
from .onnx import BIAS, WEIGHTS

DIRECTORY = "workloads"
COMPILERS = ("ziglang", "wasmtime", "apache-tvm", "apache-tvm-ffi")
CC = ("-Os", "-s", "-Wall", "-Werror")
SHAPES = (str(len(WEIGHTS)), str(len(BIAS)))  # of the model: numbers in, numbers out
WASI, LINUX = "wasm32-wasi", "x86_64-linux-musl"
TEXT = "import sys, wasmtime; sys.stdout.buffer.write(wasmtime.wat2wasm(sys.stdin.read()))"
TVM_HEADERS = "import tvm_ffi.libinfo as i; print(*i.include_paths(), sep='\\n')"


@dataclass(frozen=True, slots=True)
class Workload:
    """A file of `workloads/` and what it becomes; `model` is the script that gives it an object."""

    source: str
    target: str = WASI
    flags: tuple[str, ...] = ()
    model: str = ""


def build(program: Workload, root: Path) -> Path:
    """The program's file in the store; `root` is the project.

    Raises VES-818 without a compiler, and VES-102 when one fails.
    """
    store, directory = Store(cache_root() / "store"), root / DIRECTORY
    sources = [program.source, *([program.model] if program.model else [])]
    key = digest(
        {
            "workload": [program.source, program.target, *CC, *program.flags, *SHAPES],
            "sources": [sha256_file(directory / name) for name in sources],
            "compilers": _versions(),
        }
    )
    if (kept := store.record(key)) is None:
        with scratch("workload") as place:
            made = place / Path(program.source).stem
            compiled = _text if program.source.endswith(".wat") else _c
            compiled(program, directory, made)
            kept = {program.source: store.add_file(made, executable=True)}
        store.put_record(key, kept)
    return store.need(kept[program.source], program.source)


def _versions() -> dict[str, str]:
    try:
        return {name: version(name) for name in COMPILERS}
    except PackageNotFoundError as error:
        raise VesselError.of(
            "VES-818",
            f"the Python package {error.name} is not installed, which builds the proof's workloads",
            "Run `make setup`, or `pip install --require-hashes -r requirements.txt`.",
        ) from error


def _text(program: Workload, directory: Path, made: Path) -> None:
    text = (directory / program.source).read_bytes()
    with made.open("wb") as file:
        run([sys.executable, "-c", TEXT], stdin=text, stdout=file, what=f"building {made.name}")


def _c(program: Workload, directory: Path, made: Path) -> None:
    more: list[str | Path] = []
    if program.model:
        item = made.with_suffix(".o")
        _python([directory / program.model, *SHAPES, item], program.model)
        headers = _python(["-c", TVM_HEADERS], "asking TVM for its headers").splitlines()
        more = [item, *(f"-I{path}" for path in headers)]
    cache = str(cache_root() / "zig")
    run(
        [sys.executable, "-m", "ziglang", "cc", "-target", program.target, *CC, *program.flags,
         "-o", made, directory / program.source, *more],
        env={"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache},
        what=f"building {made.name}",
    )  # fmt: skip


def _python(arguments: Sequence[str | Path], what: str) -> str:
    return run([sys.executable, *arguments], what=what).stdout
