"""A program or library out of a released file: the file itself, or a member of a tar archive."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from .._common.errors import VesselError
from .._common.refusals import is_refusal
from .._common.tarball import open_tar

ELF = b"\x7fELF"


def take(name: str, released: Path, target: Path) -> None:
    """Write the program `name` in the file `released` to `target`, as a program.

    Raises VES-412 when it is neither a program for Linux nor an archive that has one of that name.
    """
    with released.open("rb") as whole:
        begins = whole.read(len(ELF))
    if begins == ELF:
        shutil.copyfile(released, target)
        target.chmod(0o755)
        return
    try:
        with open_tar(released) as archive:
            for member in archive:
                wanted = member.isfile() and PurePosixPath(member.name).name == name
                if wanted and (source := archive.extractfile(member)):
                    with target.open("wb") as file:
                        shutil.copyfileobj(source, file)
                    target.chmod(0o755)
                    return
    except (tarfile.TarError, EOFError, OSError) as error:
        if is_refusal(error):
            raise
        raise _useless(name, released, f"{type(error).__name__}: {error}") from error
    raise _useless(name, released, "the archive has no file of that name")


def _useless(name: str, released: Path, why: str) -> VesselError:
    return VesselError.of(
        "VES-412",
        f"what `wasm.releases` names holds no {name} (sha256 {released.name[:12]}…): {why}",
        "Name the program itself, or a tar archive that has it.",
    )
