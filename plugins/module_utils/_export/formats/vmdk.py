"""VMDK, streamOptimized: what vSphere imports, and what an OVA holds.

Not qemu-img's: that one compresses with one processor, and vSphere refuses what it writes.
"""

from __future__ import annotations

from typing import Any

from ..._common.files import release
from ..._plan.image import Image
from ..._plan.stage import Kind, Work
from ..._tree.tools import Tools
from .. import vmdk
from ..deflate import deflater
from ..format import Format, source, target


def make(work: Work) -> None:
    """Compress the disk with all processors."""
    with deflater(Tools(work.inputs["tools"]).library("libdeflate.so.0")) as compress:
        vmdk.write(
            source(work),
            target(work),
            compress=compress,
            identity=work.identity,
            hardware=work.options["hardware"],
        )
    release(source(work))


def says(image: Image) -> dict[str, Any]:
    """What the file says of the machine that it is for."""
    return {"hardware": image.machine["hardware_version"]}


KIND = Format(Kind("vmdk", "write a VMDK", make), says=says)
