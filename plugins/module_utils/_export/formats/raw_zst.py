"""The raw disk, compressed with zstd: to be written onto a disk as it comes, by `zstd -d`."""

from __future__ import annotations

import os

from ..._common.files import release
from ..._common.run import run
from ..._plan.stage import Kind, Work
from ..._tree.tools import Tools
from ..format import Format, source, target


def make(work: Work) -> None:
    """Compress it with all processors, however many: zstd divides the work by size alone."""
    line = ("zstd", f"-T{os.cpu_count() or 1}", "--quiet", source(work), "-o", target(work))
    run(Tools(work.inputs["tools"]).argv(*line), timeout=1800, what="compressing the disk")
    release(source(work))


KIND = Format(Kind("raw-zst", "compress the raw disk", make), ending="raw.zst")
