"""An exported image by what its manifest says is on it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._export.exported import Exported
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES


def exported(
    engines: Iterable[str] = ENGINES, released: Iterable[str] = (), *, krustlet: bool = True
) -> Exported:
    """An image with these engines; the shims of those in `released` are somebody else's."""
    shims = [ENGINES[name].shim for name in released]
    manifest = {
        "name": "n",
        "artifacts": [],
        "components": [{"name": shim.binary, "from": "release"} for shim in shims if shim],
        "node": {"wasm_runtimes": list(engines), "krustlet": krustlet, "kubernetes": "1.36.3"},
    }
    return Exported(Path(), manifest)
