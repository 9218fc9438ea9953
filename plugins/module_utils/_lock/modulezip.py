"""Zip files of Go modules: their checksum, and unpacking what has the right one.

Format: https://go.dev/ref/mod#zip-files. The checksum is `h1:` plus the base64 SHA-256 over lines
`<sha256 hex>  <name>\\n` sorted by name (golang.org/x/mod/sumdb/dirhash, Hash1), the one that
go.sum files and the Go checksum database hold.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from .._common.errors import VesselError

LARGEST = 2 << 30  # bytes in all; Go itself takes no module of more than 500 MB
AGAIN = "Remove that file. If it comes back the same, do not trust where it comes from."


def checksum(path: Path) -> str:
    """The `h1:` checksum of a module zip file. Raises BadZipFile for one that is too large."""
    with ZipFile(path) as archive:
        if (size := sum(each.file_size for each in archive.infolist())) > LARGEST:
            raise BadZipFile(f"it unpacks to {size} bytes")
        lines = sorted(
            (name, hashlib.sha256(archive.read(name)).hexdigest()) for name in archive.namelist()
        )
    text = "".join(f"{digest}  {name}\n" for name, digest in lines)
    return "h1:" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def unpack(path: Path, expected: str, directory: Path, executable: tuple[str, ...] = ()) -> None:
    """Unpack a module zip into the existing `directory`, without its `module@version/` prefix.

    Zip files of modules carry no modes: files below a path of `executable` get 0755, the rest 0644.
    Raises VES-324 when the checksum is not `expected` or the file is not a module zip.
    """
    try:
        actual = checksum(path)
    except (OSError, BadZipFile) as error:
        raise VesselError.of("VES-324", f"{path} cannot be read: {error}", AGAIN) from error
    if actual != expected:
        raise VesselError.of(
            "VES-324",
            f"the Go module in {path} has the checksum {actual}, expected {expected}",
            AGAIN,
        )
    with ZipFile(path) as archive:
        for name in archive.namelist():
            inner = _inside(name)
            target = directory / inner
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
            if inner.startswith(executable):
                target.chmod(0o755)


def _inside(name: str) -> str:
    """`example.com/m@v1.2.3/a/b` -> `a/b`; the module path itself may hold slashes, never an @."""
    _, _, rest = name.partition("@")
    _, _, inner = rest.partition("/")
    if not inner or ".." in PurePosixPath(inner).parts or inner.startswith("/"):
        raise VesselError.of(
            "VES-324",
            f"{name!r} is no name for a file of a Go module",
            "Do not trust where the module comes from.",
        )
    return inner
