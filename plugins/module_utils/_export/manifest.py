"""manifest.json and SHA256SUMS: what was made, out of what. Deterministic, both of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .._common.files import sha256_file

SCHEMA = 1
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One published file: its name in the output directory, its size in bytes."""

    path: str
    format: str
    arch: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Image:
    """What the manifest says about an image besides its files.

    `name` is the spec's; `image` the stem of the file names; `epoch` in seconds; `stages` have
    name and id; `components` name, version, from, sha256 and size; `node` what it can do.
    """

    name: str
    image: str
    arch: str
    spec_sha256: str
    lock_sha256: str
    epoch: int
    stages: Sequence[Mapping[str, Any]]
    components: Sequence[Mapping[str, Any]]
    node: Mapping[str, Any]


def describe(path: Path, name: str, format_: str, arch: str) -> Artifact:
    """Measure the file at `path`, to be published as `name`."""
    return Artifact(name, format_, arch, path.stat().st_size, sha256_file(path))


def render_manifest(image: Image, artifacts: Sequence[Artifact]) -> bytes:
    """The bytes of manifest.json."""
    content = {
        "schema": SCHEMA,
        "name": image.name,
        "spec_sha256": image.spec_sha256,
        "lock_sha256": image.lock_sha256,
        "source_date_epoch": image.epoch,
        "stages": [{"name": stage["name"], "id": stage["id"]} for stage in image.stages],
        "artifacts": [asdict(artifact) for artifact in sorted(artifacts, key=lambda a: a.path)],
        "components": sorted(
            (dict(sorted(component.items())) for component in image.components),
            key=lambda component: (component["name"], component["version"]),
        ),
        "node": image.node,
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def render_sums(sums: Mapping[str, str]) -> bytes:
    """The bytes of SHA256SUMS, as `sha256sum -c` reads it; `sums` is file name: digest."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
