"""Papers of an image, small ones, to be changed by a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MANIFEST: dict[str, Any] = {
    "schema": 1,
    "name": "own",
    "spec_sha256": "5" * 64,
    "lock_sha256": "1" * 64,
    "source_date_epoch": 1_700_000_000,
    "stages": [{"name": "disk", "id": "d" * 64}, {"name": "qcow2", "id": "e" * 64}],
    "artifacts": [
        {
            **{"path": "i.qcow2", "format": "qcow2", "arch": "amd64"},
            **{"size": 441_647_104, "sha256": "a" * 64},
        }
    ],
    "components": [
        {
            **{"from": "package", "name": "crun", "version": "1.21-1"},
            **{"sha256": "c" * 64, "size": 368_640},
        },
        {
            **{"from": "source", "name": "kubelet", "version": "v1.36.3"},
            **{"sha256": "b" * 64, "size": 60_000_000},
        },
    ],
    "node": {
        "os": {"distribution": "debian", "release": "trixie", "kernel": "cloud"},
        "kubernetes": "1.36.3",
        "container_runtime": "containerd 2.4.2",
        "wasm_runtimes": ["wasmedge"],
        "krustlet": False,
    },
}
CONTENTS: dict[str, Any] = {
    "schema": 1,
    "packages": {"crun": "1.21-1"},
    "units": {"kubelet.service": "enabled"},
    "sysctls": {"kernel.panic": "10"},
    "files": [],
}


def name(path: str, kind: str, mode: str = "0755", **more: Any) -> dict[str, Any]:
    return {"path": path, "type": kind, "mode": mode, "uid": 0, "gid": 0, **more}


def file(path: str, size: int = 1, sha256: str = "f" * 64, **more: Any) -> dict[str, Any]:
    return {**name(path, "file", "0644", size=size, sha256=sha256), **more}


def write(directory: Path, paper: str, data: Any) -> None:
    directory.mkdir(exist_ok=True)
    (directory / paper).write_text(json.dumps(data))


def lay(directory: Path, *files: dict[str, Any], **changes: Any) -> Path:
    """Write manifest and contents; `changes` are of the contents, `components` of the manifest."""
    components = changes.pop("components", MANIFEST["components"])
    write(directory, "manifest.json", {**MANIFEST, "components": components})
    write(directory, "contents.json", {**CONTENTS, "files": list(files), **changes})
    return directory
