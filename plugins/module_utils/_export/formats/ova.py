"""OVA: a VMDK, what describes its machine, and the digests of both, in a tar archive.

Format: DMTF DSP0243, Open Virtualization Format 1.1, chapters 5 and 6; of tar it is POSIX's ustar,
whose members are smaller than 8 GiB.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import Any, BinaryIO

from ..._common.errors import VesselError
from ..._common.files import release, sha256_file
from ..._plan.image import Image
from ..._plan.stage import Kind, Work
from .. import vmdk
from ..format import Format, source, target
from ..ovf import descriptor

LARGEST = 8**11 - 1  # bytes: eleven octal digits


def make(work: Work) -> None:
    """The descriptor first, as it is read by who sees only the beginning; then the manifest."""
    disk, ova = source(work), target(work)
    size = disk.stat().st_size
    if size > LARGEST:
        raise VesselError.of(
            "VES-705",
            f"{disk.name} has {size} bytes, and a file in an OVA at most {LARGEST}",
            "Bring less into the image, or import the file of `outputs: [vmdk]`.",
        )
    text = descriptor(ova.stem, disk.name, size, vmdk.read(disk), work.options["machine"])
    digests = {
        f"{ova.stem}.ovf": hashlib.sha256(text).hexdigest(),
        disk.name: sha256_file(disk),
    }
    manifest = "".join(f"SHA256({name})= {digest}\n" for name, digest in digests.items())
    with tarfile.open(ova, "x", format=tarfile.USTAR_FORMAT) as archive:
        epoch = work.options["epoch"]
        _add(archive, f"{ova.stem}.ovf", epoch, len(text), io.BytesIO(text))
        _add(archive, f"{ova.stem}.mf", epoch, len(manifest), io.BytesIO(manifest.encode()))
        with disk.open("rb") as file:
            _add(archive, disk.name, epoch, size, file)
    release(disk)


def _add(archive: tarfile.TarFile, name: str, epoch: int, size: int, data: BinaryIO) -> None:
    member = tarfile.TarInfo(name)  # of root, who has no name, mode 0644
    member.size, member.mtime = size, epoch
    archive.addfile(member, data)


def says(image: Image) -> dict[str, Any]:
    """The machine that it describes, and the time of all its files."""
    return {"machine": image.machine, "epoch": image.epoch}


KIND = Format(Kind("ova", "describe the machine", make), of="vmdk", says=says)
