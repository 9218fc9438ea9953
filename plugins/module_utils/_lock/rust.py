"""What a spec has built of the Rust programs of this project.

The Cargo.lock of native/rust, which is this project's own, names every crate by digest; the spec's
lock names that file by its digest, so that a lock says all that an image is made of.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.files import sha256_file
from .._kinds.engines import ENGINES
from .._kinds.program import RustCrate
from .._kinds.programs import RUST_CRATES
from .._spec.model import Spec

DIRECTORY = "native/rust"
CARGO_LOCK = f"{DIRECTORY}/Cargo.lock"
# What a spec asks for -> the program that is built for it: an engine's shim, or a program.
CRATES: Mapping[str, RustCrate] = {
    **{name: engine.shim for name, engine in ENGINES.items() if engine.shim},
    **RUST_CRATES,
}


def wanted(spec: Spec) -> tuple[str, ...]:
    """The names in CRATES that a spec has built."""
    krustlet = ("krustlet",) if spec.krustlet.enabled else ()
    return (*(name for name in spec.wasm.built if name in CRATES), *krustlet)


def cargo_lock(spec: Spec, root: Path) -> str:
    """The digest of the Cargo.lock that a spec's programs are built of; empty when it has none.

    `root` is the collection's directory.
    """
    return sha256_file(root / CARGO_LOCK) if wanted(spec) else ""


def rust_part(names: Sequence[str], root: Path) -> dict[str, Any]:
    """The lock's `rust` part for programs by their `names` in CRATES; empty without any.

    `root` is the collection's directory.
    """
    if not names:
        return {}
    packages = tomllib.loads((root / CARGO_LOCK).read_text(encoding="utf-8"))["package"]
    versions = {package["name"]: package["version"] for package in packages}
    return {
        "cargo_lock": sha256_file(root / CARGO_LOCK),
        "versions": {name: versions[CRATES[name].known_by] for name in names},
    }
