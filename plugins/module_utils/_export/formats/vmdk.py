"""VMDK, streamOptimized: what vSphere imports, and what an OVA holds.

Not qemu-img's: that one compresses with one processor, and vSphere refuses what it writes.
"""

from __future__ import annotations

from ..._common.files import release
from ..._plan.stage import Kind, Work
from ..._tree.tools import Tools
from .. import vmdk
from ..deflate import deflater
from ..format import Format, source, target

HARDWARE = 17  # vSphere 7


def make(work: Work) -> None:
    """Compress the disk with all processors."""
    with deflater(Tools(work.inputs["tools"]).library("libdeflate.so.0")) as compress:
        vmdk.write(
            source(work),
            target(work),
            compress=compress,
            identity=work.identity,
            hardware=HARDWARE,
        )
    release(source(work))


KIND = Format(Kind("vmdk", "write a VMDK", make))
