"""qcow2 version 3, compressed with zstd.

Format: https://www.qemu.org/docs/master/interop/qcow2.html.
"""

from __future__ import annotations

from pathlib import Path

from ..._common.run import run
from ..._tree.tools import Tools
from ..format import Format
from ..order import put_in_order


def write(raw: Path, tools: Tools, destination: Path) -> None:
    """Write `raw` to the new file `destination`.

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


KIND = Format(write)
