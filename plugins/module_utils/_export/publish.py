"""What users get: the results of a plan's goals, in one output directory."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import copy, link_or_copy, release, sync_directory, write_bytes
from .._common.refusals import reason, where
from .._common.scratch import scratch, sweep, try_file
from .._common.space import FULL, space
from .exported import BUILD, PROOF, REPORT, published
from .manifest import MANIFEST, SUMS


def demand_writable(output: Path) -> None:
    """Raises VES-926 when nothing can be written to the directory `output`, which may not be there
    yet: before somebody works for it."""
    with _refusals_told(output):
        for place in (output, *output.parents):
            try:
                place.lstat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            if place.is_symlink() and not place.exists():
                raise FileNotFoundError(None, "it is a link to nowhere", str(place))
            if not place.is_dir():
                raise NotADirectoryError(None, "it is no directory", str(place))
            try_file("output", place)
            return


@contextmanager
def _refusals_told(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise
        raise VesselError.of(
            "VES-926",
            f"the image cannot be written to {output}: {where(error)}: {reason(error)}",
            "Name another directory with `-e output=DIR`, or mend this one.",
        ) from error


def publish(results: Sequence[Path], output: Path) -> None:
    """Copy every file of the directories `results` to `output`.

    All slow work happens beside the old files; only then does each take its name: image files
    first, papers next, checksums last. Files that the old checksums name and the new ones do not
    are removed, and so are proof and report of an image that has changed. Raises VES-108 when the
    disk is full, VES-926 when the host refuses something.
    """
    demand_writable(output)
    with _refusals_told(output):
        _publish(results, output)


def _publish(results: Sequence[Path], output: Path) -> None:
    files = {file.name: file for directory in results for file in sorted(directory.iterdir())}
    output.mkdir(parents=True, exist_ok=True)
    sweep(output)
    needs = sum(file.stat().st_blocks * 512 for file in files.values())
    with space(output, needs, "the image"), scratch("export", output) as work:
        for name, file in files.items():
            copy(file, work / name)
            release(file)
            _settle(work / name)
        _name_all(work, output, list(files))


def write_build(output: Path, plan: str, stages: Sequence[Mapping[str, Any]]) -> None:
    """Write build.json: the id of the plan, a row for each stage (name, title, seconds, cached, and
    begun, in seconds since the build began), and the host. It differs from run to run, so the
    checksums leave it out."""
    content = {"plan": plan, "stages": [dict(stage) for stage in stages], "host": this_host()}
    write_bytes(output / BUILD, json.dumps(content, indent=2).encode() + b"\n")


def this_host() -> dict[str, Any]:
    """What this host is, without its name."""
    return {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def _name_all(work: Path, output: Path, names: Sequence[str]) -> None:
    old, new = published(output), published(work)
    manifest = json.loads((work / MANIFEST).read_bytes())
    images = [str(artifact["path"]) for artifact in manifest["artifacts"]]
    papers = [name for name in names if name not in (*images, SUMS)]
    files = (*images, *papers, SUMS)
    changed = any(old.get(name) != new[name] for name in images)
    # First, or a build that ends here would be taken for the one that these papers are of.
    stale = (BUILD, *((PROOF, REPORT) if changed else ()))
    with _restored(output, work / "old", files, stale):
        for name in stale:
            (output / name).unlink(missing_ok=True)
        for name in files:
            (work / name).replace(output / name)
        sync_directory(output)
    for name in old.keys() - new.keys():
        (output / name).unlink(missing_ok=True)


@contextmanager
def _restored(
    output: Path, kept: Path, files: Sequence[str], notes: Sequence[str]
) -> Iterator[None]:
    """When the block fails, `files` and `notes` in `output` are again what they were, or are not
    there. The new directory `kept`, on the same file system, holds them until then.

    `notes` say something of the files: none comes back unless all files have.
    """
    kept.mkdir()
    before = {name for name in (*files, *notes) if (output / name).is_file()}
    for name in before:
        link_or_copy(output / name, kept / name)

    def put_back(name: str) -> bool:
        with suppress(OSError):  # the first error is the one to tell
            if name in before:
                (kept / name).replace(output / name)
            else:
                (output / name).unlink(missing_ok=True)
            return True
        return False

    try:
        yield
    except BaseException:
        back = [put_back(name) for name in files]  # each is tried
        if all(back):
            for name in notes:
                put_back(name)
        raise


def _settle(path: Path) -> None:
    """Mode and durability as `atomic_file` gives them, for a file that a program has written."""
    path.chmod(0o644)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
