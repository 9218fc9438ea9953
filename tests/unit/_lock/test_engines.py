from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import yaml
from ansible_collections.vessel.image.plugins.module_utils._lock import engines, packages
from ansible_collections.vessel.image.plugins.module_utils._spec.schema import rules_at


def test_only_an_engine_with_a_shim_needs_rust(root: Path) -> None:
    assert engines.rust_part(["wasmedge"], root) == {}
    part = engines.rust_part(["wasmedge", "wasmtime"], root)
    file = root / "native/rust/Cargo.lock"
    assert part["cargo_lock"] == hashlib.sha256(file.read_bytes()).hexdigest()
    (engine,) = part["engines"]
    assert engine == "wasmtime"
    assert part["engines"][engine].startswith("48.")


def test_every_shim_is_a_binary_of_the_cargo_package(root: Path) -> None:
    manifest = tomllib.loads((root / "native/rust/Cargo.toml").read_text(encoding="utf-8"))
    binaries = {each["name"]: each["required-features"] for each in manifest["bin"]}
    for shim in engines.SHIMS.values():
        assert binaries[shim.binary] == [shim.feature]


def test_spec_role_and_packages_know_the_same_engines(root: Path) -> None:
    variables = root / "roles/wasm_runtimes/vars/main.yml"
    handlers = yaml.safe_load(variables.read_text(encoding="utf-8"))["wasm_runtimes_handlers"]
    assert {name: tuple(each) for name, each in handlers.items()} == engines.HANDLERS
    assert set(rules_at(("wasm", "default"))["allowed"]) == set(engines.HANDLERS)
    assert set(packages.ENGINE_PACKAGES) <= set(engines.HANDLERS)


def test_an_engine_brings_its_packages_and_no_other_does() -> None:
    assert "libonnxruntime1.21" in packages.node_packages("cloud", ["wasmtime"])
    assert "libonnxruntime1.21" not in packages.node_packages("cloud", ["wasmedge"])
