"""SHA256SUMS: the digest of every file that an image comes as, as `sha256sum -c` reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from .._common.files import sha256_file
from .._plan.stage import Kind, Stage, Work, stage
from .manifest import MANIFEST, SUMS


def make(work: Work) -> None:
    """The image files' digests are those that the manifest measured."""
    manifest = json.loads((work.inputs["manifest"] / MANIFEST).read_bytes())
    sums = {artifact["path"]: artifact["sha256"] for artifact in manifest["artifacts"]}
    for directory in work.inputs.values():
        sums |= {file.name: sha256_file(file) for file in directory.iterdir()}
    (work.place / SUMS).write_bytes(render_sums(sums))


KIND = Kind("checksums", "sum up", make)


def checksums(root: Path, papers: Mapping[str, Stage]) -> Stage:
    """The digests of `papers`, the manifest among them, and of what that describes."""
    return stage(root, KIND, inputs=papers)


def render_sums(sums: Mapping[str, str]) -> bytes:
    """The bytes of SHA256SUMS; `sums` is file name: digest."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
