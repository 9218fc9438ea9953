"""What a Rust program is built of and with: its package's files, arguments, variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
    BUILDER,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import SHIMS, RustCrate
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import (
    ARGUMENTS,
    ENVIRONMENT,
    arguments,
    environment,
    is_source,
    workspace,
)

CRATE = RustCrate("greeter", "greet", "itoa", "loud")
OTHER = "arm64"


def test_the_packages_of_a_workspace(root: Path, tmp_path: Path) -> None:
    assert workspace(root / "native/rust") == {SHIMS: "", "krustlet-wasi": "krustlet/"}
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "alone"\n')
    assert workspace(tmp_path) == {"alone": ""}


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        *((name, {"one", "two"}) for name in ("Cargo.toml", "Cargo.lock", "two/Cargo.toml")),
        *((name, {"one"}) for name in ("src/lib.rs", "src/tests/x.rs")),
        ("two/src/main.rs", {"two"}),
        *(
            (name, set())
            for name in ("tests/all.rs", "README.md", "target/old", "two/src/part/tests.rs")
        ),
        *((name, set()) for name in ("rustfmt.toml", "rust-toolchain.toml")),
    ],
)
def test_which_packages_a_file_is_a_source_of(name: str, packages: set[str]) -> None:
    places = {"one": "", "two": "two/"}
    assert {each for each in places if is_source(name, each, places)} == packages


def test_a_binary_of_its_own_package_with_its_own_feature() -> None:
    assert arguments(CRATE, ARCHITECTURES[BUILDER]) == [
        *ARGUMENTS,
        *("--package", "greeter", "--features", "loud", "--bin", "greet"),
    ]
    without = arguments(RustCrate("greeter", "greet", "itoa"), ARCHITECTURES[BUILDER])
    assert "--features" not in without and "--target" not in without


def test_another_processor_has_a_target_and_compilers_of_its_own() -> None:
    assert arguments(CRATE, ARCHITECTURES[OTHER])[-2:] == ["--target", "aarch64-unknown-linux-gnu"]
    assert environment(ARCHITECTURES[BUILDER]) == ENVIRONMENT
    found = environment(ARCHITECTURES[OTHER])
    assert found["RUSTFLAGS"] == "-Clinker=aarch64-linux-gnu-gcc"
    assert found["CC_aarch64_unknown_linux_gnu"] == "aarch64-linux-gnu-gcc"
    assert found["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"] == ENVIRONMENT["CC"] == "gcc"
    assert {name: found[name] for name in ENVIRONMENT if name != "RUSTFLAGS"} == {
        name: value for name, value in ENVIRONMENT.items() if name != "RUSTFLAGS"
    }


def test_cargo_takes_what_is_locked_and_asks_nobody() -> None:
    assert {"--locked", "--offline"} <= set(ARGUMENTS)
