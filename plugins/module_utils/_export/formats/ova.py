"""OVA: a VMDK, what describes its machine, and the digests of both, in a tar archive.

Format: DMTF DSP0243, Open Virtualization Format 1.1, chapters 5 and 6; of tar it is POSIX's ustar,
whose members are smaller than 8 GiB.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any, BinaryIO

from ..._common.errors import VesselError
from ..._common.files import release, sha256_file
from ..._plan.image import Image
from ..._plan.stage import Kind, Made, Work
from .. import vmdk
from ..format import Format, source, target
from ..machine import released
from ..ovf import descriptor
from ..release import PROPERTIES

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
    told = work.options.get("release")
    properties = json.loads(work.resolved(told).read_text(encoding="utf-8")) if told else {}
    machine = released(work.options["machine"], properties)
    text = descriptor(ova.stem, disk.name, size, vmdk.read(disk), machine)
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
    """The machine that it describes, the properties of a release, and the time of all its files."""
    release = {"release": Made(image.release, PROPERTIES)} if image.release else {}
    return {"machine": image.machine, "epoch": image.epoch, **release}


def opened(path: Path) -> dict[str, Any]:
    """The disk where it lies in the archive. Raises VES-801 when it is not there."""
    try:
        with tarfile.open(path, "r:") as archive:
            disk = next(each for each in archive if each.name.endswith(".vmdk"))
    except (tarfile.TarError, StopIteration) as error:
        what = f"{path} is no OVA with a VMDK in it"
        raise VesselError.of("VES-801", what, "Get it again, or build it again.") from error
    within = {"driver": "raw", "offset": disk.offset_data, "size": disk.size}
    return {
        "driver": "vmdk",
        "file": {**within, "file": {"driver": "file", "filename": str(path)}},
    }


KIND = Format(Kind("ova", "describe the machine", make), of="vmdk", says=says, opened=opened)
