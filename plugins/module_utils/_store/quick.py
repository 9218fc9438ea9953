"""Debian packages in a form that unpacks quickly: the same files, zstd instead of xz.

xz is what takes the time when packages are unpacked, and some are unpacked more than once. So the
store keeps each package a second time, made once from its verified bytes; what dpkg installs is the
same. The control archive, which is small, is not compressed.

Format: deb(5), ar members debian-binary, control.tar.*, data.tar.*.
"""

from __future__ import annotations

import lzma
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .._common.files import digest
from .._common.progress import report
from .._common.run import run
from .._common.scratch import scratch
from .content import Store
from .debfile import MAGIC, members

FORM = 2  # goes up when this file makes something else of the same package


def quicken(packages: Mapping[str, str], store: Store, zstd: Sequence[str]) -> None:
    """Make the quick form of every package (sha256 -> name) that has none; `zstd` is the command
    line of zstd.

    Raises VES-401 and VES-406 for a package that is not there, VES-407 for one that is no deb.
    """
    missing = [(p, packages[p]) for p in packages if not has_quick(p, store)]
    if not missing:
        return
    report(f"store: {len(missing)} packages for quick unpacking")
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        for result in [workers.submit(_quicken, *package, store, zstd) for package in missing]:
            result.result()


def has_quick(sha256: str, store: Store) -> bool:
    """Whether the store has the quick form of a package."""
    return store.record(_key(sha256)) is not None


def quick(sha256: str, name: str, store: Store) -> Path:
    """The package's file in its quick form, or as it came where there is none."""
    made = store.record(_key(sha256)) or {"deb": sha256}
    return store.need(made["deb"], name)


def _key(sha256: str) -> str:
    return digest({"quick deb": sha256, "form": FORM})


def _quicken(sha256: str, name: str, store: Store, zstd: Sequence[str]) -> None:
    source = store.need(sha256, name)
    with scratch("deb") as place:
        target = place / "quick.deb"
        with target.open("wb") as file:
            file.write(MAGIC)
            for member, data in members(source):
                if member == "data.tar.xz":
                    member, data = "data.tar.zst", _compressed(data, zstd)  # noqa: PLW2901
                elif member == "control.tar.xz":
                    member, data = "control.tar", lzma.decompress(data)  # noqa: PLW2901
                file.write(
                    f"{member:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
                )
                file.write(data + b"\n" * (len(data) % 2))
        store.put_record(_key(sha256), {"deb": store.add_file(target)})


def _compressed(data: bytes, zstd: Sequence[str]) -> bytes:
    with scratch("data") as place:
        plain, packed = place / "data.tar", place / "data.tar.zst"
        plain.write_bytes(lzma.decompress(data))
        run([*zstd, "-q", "-1", "-T1", "-o", packed, plain], what="compressing a package")
        return packed.read_bytes()
