"""Debian packages in a form that unpacks quickly: the same files, zstd instead of xz.

xz is what takes the time when packages are unpacked, and some are unpacked more than once. So the
store keeps each package a second time, made once from its verified bytes; what dpkg installs is the
same. The control archive, which is small, is not compressed.

Format: deb(5), ar members debian-binary, control.tar.*, data.tar.*.
"""

from __future__ import annotations

import io
import lzma
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import digest
from .._common.progress import report
from .._common.run import run
from .._common.scratch import scratch
from .content import Store

MAGIC = b"!<arch>\n"
HEADER = 60
REPORT = "Report it with the name of the package: no lock should name such a file."
FORM = 2  # goes up when this file makes something else of the same package


def quicken(packages: Sequence[Mapping[str, Any]], store: Store, zstd: Sequence[str]) -> None:
    """Make the quick form of every package that has none; `zstd` is the command line of zstd.

    Raises VES-401 and VES-406 for a package that is not there, VES-407 for one that is no deb.
    """
    missing = [p for p in packages if store.record(_key(p["sha256"])) is None]
    if not missing:
        return
    report(f"store: {len(missing)} packages for quick unpacking")
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        for result in [workers.submit(_quicken, package, store, zstd) for package in missing]:
            result.result()


def quick(package: Mapping[str, Any], store: Store) -> Path:
    """The package's file in its quick form, or as it came where there is none."""
    made = store.record(_key(package["sha256"])) or {"deb": package["sha256"]}
    return store.need(made["deb"], package["name"])


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


def _key(sha256: str) -> str:
    return digest({"quick deb": sha256, "form": FORM})


def _quicken(package: Mapping[str, Any], store: Store, zstd: Sequence[str]) -> None:
    source = store.need(package["sha256"], package["name"])
    with scratch("deb") as place:
        target = place / "quick.deb"
        with target.open("wb") as file:
            file.write(MAGIC)
            for name, data in members(source):
                if name == "data.tar.xz":
                    name, data = "data.tar.zst", _compressed(data, zstd)  # noqa: PLW2901
                elif name == "control.tar.xz":
                    name, data = "control.tar", lzma.decompress(data)  # noqa: PLW2901
                file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode())
                file.write(data + b"\n" * (len(data) % 2))
        store.put_record(_key(package["sha256"]), {"deb": store.add_file(target)})


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


def _compressed(data: bytes, zstd: Sequence[str]) -> bytes:
    with scratch("data") as place:
        plain, packed = place / "data.tar", place / "data.tar.zst"
        plain.write_bytes(lzma.decompress(data))
        run([*zstd, "-q", "-1", "-T1", "-o", packed, plain], what="compressing a package")
        return packed.read_bytes()
