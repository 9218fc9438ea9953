"""What Google Compute Engine imports: a raw disk of whole GiB, named disk.raw, in a tar archive of
GNU's old form, compressed with gzip.

Format: https://cloud.google.com/compute/docs/import/import-existing-image.
"""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from ..._common.files import release
from ..._common.run import run
from ..._plan.stage import Kind, Work
from ..._tree.tools import Tools
from ..format import Format, source, target
from ..sparse import data_ranges

GIB = 1 << 30
NAME = "disk.raw"
PAGE = 4096


def make(work: Work) -> None:
    """Lay the archive out as a sparse file, then compress it."""
    archive = work.place / "archive"
    lay_out(source(work), archive)
    release(source(work))
    # zstd writes gzip too, by the tools' own zlib and in one piece, which every reader takes.
    line = ("zstd", "--format=gzip", "-6", "--quiet", archive, "-o", target(work))
    run(Tools(work.inputs["tools"]).argv(*line), timeout=3600, what="compressing the archive")
    archive.unlink()


def lay_out(disk: Path, archive: Path) -> None:
    """Write the new file `archive` with the raw `disk`, filled up with zeros."""
    size = disk.stat().st_size
    member = tarfile.TarInfo(NAME)  # of root and the year 1970: of no time at all
    member.size = -(-size // GIB) * GIB
    header = member.tobuf(tarfile.GNU_FORMAT)
    end = len(header) + member.size + 2 * tarfile.BLOCKSIZE
    with disk.open("rb") as raw, archive.open("xb") as file:
        file.write(header)
        file.truncate(-(-end // tarfile.RECORDSIZE) * tarfile.RECORDSIZE)
        file.flush()
        for first, last in data_ranges(raw.fileno(), size, PAGE):
            begin, stop = first * PAGE, min(last * PAGE, size)
            os.lseek(file.fileno(), len(header) + begin, os.SEEK_SET)
            while begin < stop:
                begin += os.sendfile(file.fileno(), raw.fileno(), begin, stop - begin)


KIND = Format(Kind("gce", "pack the disk for Google Cloud", make), ending="gce.tar.gz")
