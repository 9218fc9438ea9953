from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import SHIMS
from ansible_collections.vessel.image.plugins.module_utils._lock import rust
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._spec.model import Spec

SPEC = """
schema: 1
name: a
kubernetes: {{version: "1.36.3"}}
wasm: {{runtimes: [{runtimes}]}}
krustlet: {{enabled: {krustlet}}}
"""


def spec(place: Path, runtimes: str, krustlet: str = "false") -> Spec:
    file = place / "a.yml"
    file.write_text(SPEC.format(runtimes=runtimes, krustlet=krustlet))
    return load_spec(file)


@pytest.mark.parametrize(
    ("runtimes", "krustlet", "names"),
    [
        ("wasmedge", "false", []),
        ("wasmedge", "true", ["krustlet"]),
        ("wasmedge, wasmtime", "false", ["wasmtime"]),
        ("wasmedge, wasmtime, wasmer", "true", ["wasmer", "wasmtime", "krustlet"]),
    ],
)
def test_what_a_spec_has_built(
    root: Path, tmp_path: Path, runtimes: str, krustlet: str, names: list[str]
) -> None:
    wanted = rust.wanted(spec(tmp_path, runtimes, krustlet))
    assert list(wanted) == names
    part = rust.rust_part(wanted, root)
    assert list(part.get("versions", {})) == names
    assert list(Lock({"rust": part} if part else {}).rust) == names
    if names:
        file = root / "native/rust/Cargo.lock"
        assert part["cargo_lock"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_binary_is_known_by_the_version_of_what_it_is_made_of(root: Path) -> None:
    versions = rust.rust_part(("wasmtime", "krustlet"), root)["versions"]
    assert versions["wasmtime"].startswith("48.")
    assert versions["krustlet"] == "1.0.0-alpha.1"


def test_every_binary_is_one_of_the_workspace(root: Path) -> None:
    shims = tomllib.loads((root / "native/rust/Cargo.toml").read_text(encoding="utf-8"))
    features = {each["name"]: each["required-features"] for each in shims["bin"]}
    assert shims["package"]["name"] == SHIMS
    for crate in rust.CRATES.values():
        if crate.package == SHIMS:
            assert features[crate.binary] == [crate.feature]
    (member,) = shims["workspace"]["members"]
    file = root / "native/rust" / member / "Cargo.toml"
    krustlet = tomllib.loads(file.read_text(encoding="utf-8"))
    assert krustlet["package"]["name"] == rust.CRATES["krustlet"].package
