"""What makes a Rust program another one: its sources, flags, compilers and target; nothing else."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import RustCrate
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import CRATES, DIRECTORY
from ansible_collections.vessel.image.plugins.module_utils._plan.files import file_digests
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Kind, Stage, Work
from ansible_collections.vessel.image.plugins.module_utils._stages import rust_crate as module
from ansible_collections.vessel.image.plugins.module_utils._stages.rust_crate import rust_crate
from ansible_collections.vessel.image.plugins.module_utils._store import rustbuild

FILES = (
    *("Cargo.toml", "Cargo.lock", "README.md", "src/lib.rs", "tests/all.rs", "target/old"),
    *("krustlet/Cargo.toml", "krustlet/src/main.rs", "krustlet/src/program/tests.rs"),
    "rustfmt.toml",
)
MANIFEST = '[package]\nname = "{}"\n'
WORKSPACE = '[workspace]\nmembers = ["krustlet"]\n'
UNPACK = Kind("tools", "unpack", lambda work: None)


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    place = tmp_path / DIRECTORY
    for name in FILES:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)
    (place / "Cargo.toml").write_text(MANIFEST.format("vessel-shims") + WORKSPACE)
    (place / "krustlet/Cargo.toml").write_text(MANIFEST.format("krustlet-wasi"))
    return tmp_path


def identity(
    root: Path,
    crate: RustCrate,
    sha256: str = "a",
    architecture: str = "amd64",
    unpacked: str = "a",
) -> str:
    found = rust_crate(
        root,
        crate,
        [{"name": "rustc", "sha256": sha256}, {"name": "gcc", "sha256": "c"}],
        compilers=Stage(UNPACK, "compilers", {}, {}, {}, {}, unpacked),
        architecture=ARCHITECTURES[architecture],
    )
    return found.id


def identities(root: Path) -> dict[str, str]:
    return {name: identity(root, crate) for name, crate in CRATES.items()}


@pytest.mark.parametrize(
    ("changed", "rebuilt"),
    [
        ("Cargo.toml", {"wasmtime", "wasmer", "krustlet"}),
        ("Cargo.lock", {"wasmtime", "wasmer", "krustlet"}),
        ("krustlet/Cargo.toml", {"wasmtime", "wasmer", "krustlet"}),
        ("src/lib.rs", {"wasmtime", "wasmer"}),
        ("src/new.rs", {"wasmtime", "wasmer"}),
        ("krustlet/src/main.rs", {"krustlet"}),
        ("krustlet/src/program/tests.rs", set()),
        ("README.md", set()),
        ("tests/all.rs", set()),
        ("target/old", set()),
        ("rustfmt.toml", set()),
    ],
)
def test_what_is_built_again_when_a_file_changes(
    collection: Path, changed: str, rebuilt: set[str]
) -> None:
    before = identities(collection)
    with (collection / DIRECTORY / changed).open("a") as file:
        file.write("# another\n")
    after = identities(collection)
    assert {name for name in CRATES if before[name] != after[name]} == rebuilt


def test_binaries_compilers_and_processors_have_ids_of_their_own(collection: Path) -> None:
    found = {
        identity(collection, crate, sha256, architecture)
        for crate in CRATES.values()
        for sha256 in ("a", "b")
        for architecture in ("amd64", "arm64")
    }
    assert len(found) == 4 * len(CRATES)


def test_so_have_features_flags_and_variables(
    collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crate = CRATES["wasmtime"]
    found = [identity(collection, crate), identity(collection, replace(crate, feature="other"))]
    monkeypatch.setattr(rustbuild, "ARGUMENTS", (*rustbuild.ARGUMENTS, "--verbose"))
    found.append(identity(collection, crate))
    monkeypatch.setitem(rustbuild.ENVIRONMENT, "RUSTFLAGS", "-Clinker=gcc -Copt-level=1")
    found.append(identity(collection, crate))
    assert len({*found}) == 4


def test_how_the_compilers_are_unpacked_makes_no_other_program(collection: Path) -> None:
    """Nor does any code of ours: this collection has none."""
    found = {identity(collection, CRATES["wasmtime"], unpacked=way) for way in ("a", "b")}
    assert len(found) == 1


def test_sources_that_were_edited_since_the_plan_are_not_compiled(
    collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    built: list[str] = []
    program = tmp_path / "program"
    program.write_text("a program")

    class Shop:
        """Compiles nothing."""

        source = collection / DIRECTORY

        def build(self, name: str, *_given: object) -> Path:
            built.append(name)
            return program

    monkeypatch.setattr(module, "_workshop", lambda *_given: nullcontext(Shop()))
    monkeypatch.setattr(module, "NEEDS", 0)
    crate = CRATES["wasmtime"]
    sources = file_digests(collection / DIRECTORY, lambda name: name == "src/lib.rs")
    options = {"sources": sources, "binary": crate.binary, "arguments": [], "environment": {}}
    place = tmp_path / "place"
    place.mkdir()
    work = Work(options, {"compilers": tmp_path}, {}, place, "id", collection)
    module.make(work)
    assert built == [crate.binary] and (place / crate.binary).stat().st_mode & 0o777 == 0o755
    (collection / DIRECTORY / "src/lib.rs").write_text("edited")
    with pytest.raises(VesselError, match="VES-402"):
        module.make(work)
    assert len(built) == 1
