"""Image files out of the raw disk. Nothing here may depend on threads, time or host."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .._common.run import run
from .._tree.tools import Tools
from .order import put_in_order


def write_qcow2(raw: Path, tools: Tools, destination: Path) -> None:
    """`raw` as qcow2 version 3, compressed with zstd, to the new file `destination`.

    With `-W` all processors compress, but the clusters come in any order: it is put right after.
    """
    unordered = destination.with_name(f"{destination.name}.unordered")
    options = ["-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd", "-W", "-m", "16"]
    run(
        tools.argv("qemu-img", "convert", *options, raw, unordered),
        timeout=1800,
        what="writing qcow2",
    )
    put_in_order(unordered, destination)
    unordered.unlink()


def write_raw(raw: Path, tools: Tools, destination: Path) -> None:
    """A sparse copy, sharing blocks where the host's file system can."""
    del tools  # a copy has only one possible result
    run(
        ["cp", "--reflink=auto", "--sparse=always", raw, destination],
        timeout=1800,
        what="copying the raw disk",
    )


WRITERS: dict[str, Callable[[Path, Tools, Path], None]] = {"qcow2": write_qcow2, "raw": write_raw}
