"""The WebAssembly engines of an image: which handlers they have, and whose shims they are."""

from __future__ import annotations

from .._export.exported import Exported
from .._kinds.engine import Engine
from .._kinds.engines import ENGINES


def engines(exported: Exported) -> tuple[Engine, ...]:
    """The engines on the image, in the spec's order."""
    return tuple(ENGINES[name] for name in exported.engines)


def handlers(exported: Exported) -> tuple[str, ...]:
    """The containerd handlers of its engines."""
    return tuple(each.name for engine in engines(exported) for each in engine.handlers)


def released(exported: Exported) -> tuple[str, ...]:
    """The engines whose shim is somebody else's release."""
    components = exported.manifest["components"]
    fetched = {each["name"] for each in components if each["from"] == "release"}
    own = ((engine.name, engine.shim) for engine in engines(exported))
    return tuple(name for name, shim in own if shim and shim.binary in fetched)
