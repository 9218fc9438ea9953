"""The Wasm engines: their containerd handlers, and the shims that are built from crates.

The Cargo.lock of native/rust, which is this project's own, names every crate by digest; the spec's
lock names that file by its digest, so that a lock says all that an image is made of.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .._common.files import sha256_file

DIRECTORY = "native/rust"
CARGO_LOCK = f"{DIRECTORY}/Cargo.lock"


@dataclass(frozen=True, slots=True)
class Shim:
    """A binary of native/rust; the engine is the crate whose version it has."""

    binary: str
    feature: str
    crate: str


# Engine -> its handlers; a RuntimeClass and its handler have the same name.
HANDLERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "wasmedge": ("wasmedge", "wasmedge-mixed"),
        "wasmtime": ("wasmtime",),
        "wasmer": ("wasmer",),
    }
)
SHIMS: Mapping[str, Shim] = MappingProxyType(
    {name: Shim(f"containerd-shim-{name}-v1", name, name) for name in ("wasmtime", "wasmer")}
)
# Engine -> the file of a release that is for it: a shim, or a plug-in that Debian builds without.
RELEASED: Mapping[str, str] = MappingProxyType(
    {
        **{name: shim.binary for name, shim in SHIMS.items()},
        "wasmedge": "libwasmedgePluginWasiNN.so",
    }
)


def cargo_lock(engines: Iterable[str], root: Path) -> str:
    """The digest of the Cargo.lock that the shims of `engines` are built of; empty for none.

    `root` is the collection's directory.
    """
    return sha256_file(root / CARGO_LOCK) if any(name in SHIMS for name in engines) else ""


def rust_part(engines: Iterable[str], root: Path) -> dict[str, Any]:
    """The lock's `rust` part for the engines of a spec; empty when none of them needs Rust.

    `root` is the collection's directory.
    """
    wanted = [engine for engine in engines if engine in SHIMS]
    if not wanted:
        return {}
    packages = tomllib.loads((root / CARGO_LOCK).read_text(encoding="utf-8"))["package"]
    versions = {package["name"]: package["version"] for package in packages}
    return {
        "cargo_lock": cargo_lock(wanted, root),
        "engines": {engine: versions[SHIMS[engine].crate] for engine in wanted},
    }


def released_engines(lock: Mapping[str, Any]) -> Mapping[str, str]:
    """Engine -> digest of what is fetched for those of which the spec names a release."""
    return {each["engine"]: each["sha256"] for each in lock.get("shims", ())}


def built_engines(lock: Mapping[str, Any]) -> Mapping[str, str]:
    """Engine -> version of those whose shim a lock says to build."""
    found: Mapping[str, str] = lock.get("rust", {}).get("engines", {})
    return found
