"""The Rust programs of this project, and what a spec has built of them.

The Cargo.lock of native/rust, which is this project's own, names every crate by digest; the spec's
lock names that file by its digest, so that a lock says all that an image is made of.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .._common.files import sha256_file
from .._spec.model import Spec

DIRECTORY = "native/rust"
CARGO_LOCK = f"{DIRECTORY}/Cargo.lock"
SHIMS, KRUSTLET = "vessel-shims", "krustlet-wasi"


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary of a Cargo package in native/rust, the feature that it is built with, if any, and
    the crate whose version people know it by."""

    name: str
    package: str
    crate: str
    feature: str = ""


# What a spec asks for -> the binary that is built for it.
BINARIES: Mapping[str, Binary] = MappingProxyType(
    {
        **{
            engine: Binary(f"containerd-shim-{engine}-v1", SHIMS, engine, engine)
            for engine in ("wasmtime", "wasmer")
        },
        "krustlet": Binary(KRUSTLET, KRUSTLET, "kubelet"),
    }
)


def wanted(spec: Spec) -> tuple[str, ...]:
    """The names of BINARIES that a spec has built."""
    krustlet = ("krustlet",) if spec.krustlet.enabled else ()
    return (*(name for name in spec.wasm.built if name in BINARIES), *krustlet)


def cargo_lock(spec: Spec, root: Path) -> str:
    """The digest of the Cargo.lock that a spec's binaries are built of; empty when it has none.

    `root` is the collection's directory.
    """
    return sha256_file(root / CARGO_LOCK) if wanted(spec) else ""


def rust_part(spec: Spec, root: Path) -> dict[str, Any]:
    """The lock's `rust` part for a spec; empty when nothing of it needs Rust.

    `root` is the collection's directory.
    """
    names = wanted(spec)
    if not names:
        return {}
    packages = tomllib.loads((root / CARGO_LOCK).read_text(encoding="utf-8"))["package"]
    versions = {package["name"]: package["version"] for package in packages}
    return {
        "cargo_lock": cargo_lock(spec, root),
        "versions": {name: versions[BINARIES[name].crate] for name in names},
    }


def built(lock: Mapping[str, Any]) -> Mapping[str, str]:
    """Name in BINARIES -> version of those that a lock says to build."""
    found: Mapping[str, str] = lock.get("rust", {}).get("versions", {})
    return found
