"""The file of a Debian package, read. Format: deb(5), an ar archive."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from .._common.errors import VesselError

MAGIC = b"!<arch>\n"
HEADER = 60
REPORT = "Report it with the name of the package: no lock should name such a file."


def control(deb: Path) -> str:
    """The control data of a package, a paragraph of deb-control(5), without a newline at the end.

    Raises VES-407 when it is none.
    """
    for name, data in members(deb):
        if name.startswith("control.tar"):
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                file = archive.extractfile("./control")
                assert file is not None
                return file.read().decode().strip()
    raise VesselError.of("VES-407", f"{deb} has no control data", REPORT)


def members(deb: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each member of the ar archive `deb`; VES-407 when it is none."""
    with deb.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise VesselError.of("VES-407", f"{deb} is no Debian package", REPORT)
        while header := file.read(HEADER):
            if len(header) < HEADER or header[58:] != b"`\n":
                raise VesselError.of("VES-407", f"{deb} is no whole Debian package", REPORT)
            size = int(header[48:58])
            data = file.read(size)
            if len(data) < size:
                raise VesselError.of("VES-407", f"{deb} is no whole Debian package", REPORT)
            yield header[:16].decode().rstrip(" /"), data
            file.read(size % 2)
