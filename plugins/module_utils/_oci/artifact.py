"""What an image's manifest says that it is: a file system, WebAssembly, or something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ARCHITECTURE = "wasm"
# Of layers that are file systems, and of the configurations that go with them.
FILE_SYSTEMS = ("application/vnd.oci.image.", "application/vnd.docker.")


def is_wasm(platform: Mapping[str, Any]) -> bool:
    """Whether an index has this child for WebAssembly; its `os` is wasi, wasip1 or a later one."""
    return platform.get("architecture") == ARCHITECTURE


def refusal(manifest: Mapping[str, Any]) -> str:
    """Why what a manifest describes is no image and no WebAssembly; empty when it is one."""
    parts = [manifest.get("config"), *(manifest.get("layers") or ())]
    kinds = [str(part.get("mediaType", "")) for part in parts if isinstance(part, Mapping)]
    kinds.append(str(manifest.get("artifactType", "")))
    if any("wasm" in kind for kind in kinds):
        return ""
    others = [kind for kind in kinds if kind and not kind.startswith(FILE_SYSTEMS)]
    return f"it is neither an image nor WebAssembly, but {others[0]}" if others else ""
