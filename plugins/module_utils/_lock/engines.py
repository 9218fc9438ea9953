"""The Wasm engines: their containerd handlers, and which files are for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .rust import BINARIES, Binary

# Engine -> its handlers; a RuntimeClass and its handler have the same name.
HANDLERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "wasmedge": ("wasmedge", "wasmedge-mixed"),
        "wasmtime": ("wasmtime",),
        "wasmer": ("wasmer",),
    }
)
# Those that containerd runs by a shim of their own.
SHIMS: Mapping[str, Binary] = MappingProxyType(
    {engine: BINARIES[engine] for engine in HANDLERS if engine in BINARIES}
)
# Engine -> the file of a release that is for it: a shim, or a plug-in that Debian builds without.
RELEASED: Mapping[str, str] = MappingProxyType(
    {
        **{engine: shim.name for engine, shim in SHIMS.items()},
        "wasmedge": "libwasmedgePluginWasiNN.so",
    }
)


def released_engines(lock: Mapping[str, Any]) -> Mapping[str, str]:
    """Engine -> digest of what is fetched for those of which the spec names a release."""
    return {each["engine"]: each["sha256"] for each in lock.get("shims", ())}
