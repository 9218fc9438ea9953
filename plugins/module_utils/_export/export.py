"""Publish a disk: image files, manifest and checksums in one output directory."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import sync_directory, write_bytes
from .._common.progress import report
from .._common.scratch import scratch, sweep
from .._common.space import space
from .._disk.contents import CONTENTS
from .._tree.tools import Tools
from .exported import BUILD, PROOF, REPORT, published
from .formats import FORMATS
from .manifest import (
    MANIFEST,
    SUMS,
    Artifact,
    Image,
    describe,
    render_manifest,
    render_sums,
)


def export(
    disk: Path, tools: Tools, output: Path, image: Image, formats: Sequence[str]
) -> list[Artifact]:
    """Write the raw `disk` to `output` in all `formats`, with manifest, contents and checksums.

    The contents lie beside the disk. All slow work happens beside the old files; only then does
    each take its name: image files first, contents and manifest next, checksums last. Files that
    the old checksums name and the new ones do not are removed, and so are proof and report of an
    image that has changed. Raises VES-701 for an unknown format, and the runner's errors.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise VesselError.of(
            "VES-701",
            f"the output format {unknown[0]} is not available in this version",
            f"Available: {', '.join(FORMATS)}.",
        )
    output.mkdir(parents=True, exist_ok=True)
    sweep(output)
    # a compressed image takes about half, twice until it is in order; any other all
    needs = disk.stat().st_blocks * 512 * len(set(formats))
    with space(output, needs, "the image"), scratch("export", output) as work:
        artifacts = [_make(disk, tools, work, image, kind) for kind in dict.fromkeys(formats)]
        _release(disk)
        papers = {
            CONTENTS: disk.with_name(CONTENTS).read_bytes(),
            MANIFEST: render_manifest(image, artifacts),
        }
        _publish(work, output, artifacts, papers)
    return artifacts


def write_build(output: Path, stages: Sequence[Mapping[str, Any]]) -> None:
    """Write build.json: `stages` (name, seconds, cached) and the host. It differs from run to run,
    so the checksums leave it out."""
    host = {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
    content = {"stages": [dict(stage) for stage in stages], "host": host}
    write_bytes(output / BUILD, json.dumps(content, indent=2).encode() + b"\n")


def _make(disk: Path, tools: Tools, work: Path, image: Image, kind: str) -> Artifact:
    name = f"{image.image}.{kind}"
    report(f"export: writing {name}")
    FORMATS[kind].write(disk, tools, work / name)
    _settle(work / name)
    return describe(work / name, name, kind, image.arch)


def _settle(path: Path) -> None:
    """Mode and durability as `atomic_file` gives them, for a file that a program has written."""
    path.chmod(0o644)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _release(disk: Path) -> None:
    """Free the memory in which the kernel holds the disk's content: nobody reads it for now, and
    a gigabyte less has to be found by what runs next."""
    descriptor = os.open(disk, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _publish(
    work: Path, output: Path, artifacts: Sequence[Artifact], papers: Mapping[str, bytes]
) -> None:
    old = published(output)
    sums = {artifact.path: artifact.sha256 for artifact in artifacts}
    if any(old.get(name) != digest for name, digest in sums.items()):
        for name in (PROOF, REPORT):
            (output / name).unlink(missing_ok=True)
    for artifact in artifacts:
        (work / artifact.path).replace(output / artifact.path)
    sync_directory(output)
    for name, data in papers.items():
        write_bytes(output / name, data)
        sums[name] = hashlib.sha256(data).hexdigest()
    write_bytes(output / SUMS, render_sums(sums))
    for name in old.keys() - sums.keys():
        (output / name).unlink(missing_ok=True)
