from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import CRATES
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import build_key

FILES = (
    *("Cargo.toml", "Cargo.lock", "README.md", "src/lib.rs", "tests/all.rs", "target/old"),
    *("krustlet/Cargo.toml", "krustlet/src/main.rs", "krustlet/src/program/tests.rs"),
)
MANIFEST = '[package]\nname = "{}"\n'
WORKSPACE = '[workspace]\nmembers = ["krustlet"]\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "Cargo.toml").write_text(MANIFEST.format("vessel-shims") + WORKSPACE)
    (tmp_path / "krustlet/Cargo.toml").write_text(MANIFEST.format("krustlet-wasi"))
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "rebuilt"),
    [
        ("Cargo.toml", {"wasmtime", "wasmer", "krustlet"}),
        ("Cargo.lock", {"wasmtime", "wasmer", "krustlet"}),
        ("krustlet/Cargo.toml", {"wasmtime", "wasmer", "krustlet"}),
        ("src/lib.rs", {"wasmtime", "wasmer"}),
        ("krustlet/src/main.rs", {"krustlet"}),
        ("krustlet/src/program/tests.rs", set()),
        ("README.md", set()),
        ("tests/all.rs", set()),
        ("target/old", set()),
    ],
)
def test_what_is_built_again_when_a_file_changes(
    workspace: Path, changed: str, rebuilt: set[str]
) -> None:
    def keys() -> dict[str, str]:
        return {name: build_key(crate, workspace, ["a"]) for name, crate in CRATES.items()}

    before = keys()
    with (workspace / changed).open("a") as file:
        file.write("# another\n")
    assert {name for name, key in keys().items() if before[name] != key} == rebuilt


def test_binaries_compilers_and_processors_have_keys_of_their_own(workspace: Path) -> None:
    keys = {
        build_key(crate, workspace, compilers, architecture)
        for crate in CRATES.values()
        for compilers in (["a"], ["b"])
        for architecture in ("amd64", "arm64")
    }
    assert len(keys) == 4 * len(CRATES)
