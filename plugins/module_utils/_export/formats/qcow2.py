"""qcow2 version 3, compressed with zstd.

Format: https://www.qemu.org/docs/master/interop/qcow2.html.
"""

from __future__ import annotations

from ..._common.files import release
from ..._common.run import run
from ..._plan.stage import Kind, Work
from ..._tree.tools import Tools
from ..format import Format, opened_by, source, target
from ..order import put_in_order


def make(work: Work) -> None:
    """Compress the disk.

    With `-W` all processors compress, but the clusters come in any order: it is put right after.
    """
    raw, unordered = source(work), work.place / "unordered"
    options = ["-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd", "-W", "-m", "16"]
    tools = Tools(work.inputs["tools"])
    run(
        tools.argv("qemu-img", "convert", *options, raw, unordered),
        timeout=1800,
        what="writing qcow2",
    )
    release(raw)
    put_in_order(unordered, target(work))
    unordered.unlink()


KIND = Format(Kind("qcow2", "compress the disk", make), opened=opened_by("qcow2"))
