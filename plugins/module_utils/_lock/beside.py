"""What lies beside a spec, by content: the lock names it, so another content is another lock."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import sha256_file
from .._spec.beside import walk

# What a umask of 002 makes of the usual modes: who cloned a repository must not show in an image.
USUAL = {0o664: 0o644, 0o775: 0o755}
# Extended attributes that give rights, which an image would lose.
RIGHTS = ("security.capability", "system.posix_acl_access", "system.posix_acl_default")


def digests(
    directory: Path, sources: Iterable[str], roles: Iterable[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """What each source holds, sorted, by its `path` below the source (empty for the source).

    A file has `sha256`, `size` in bytes, `executable`, and `mode` where that does not say it all. A
    link has `link`, what it leads to. A directory has its `mode`, and is there only when it is
    empty or its mode is not 0755. Raises VES-311 for what cannot be kept, such as a device, and for
    links in one of `roles`; VES-306 for what cannot be read.
    """
    try:
        return {source: list(_held(directory / source, source in set(roles))) for source in sources}
    except OSError as error:
        raise VesselError.of(
            "VES-306",
            f"{error.filename} cannot be read: {error.strerror}",
            "A spec is locked by the content of all that it names: let the build read it.",
        ) from error


def _held(source: Path, role: bool) -> Iterator[dict[str, Any]]:
    for path, name in walk(source, role=role):
        # The source itself may be a link to what is beside the spec as well.
        status = path.lstat() if name else path.stat()
        if reason := _refused(path, name, status.st_mode, role):
            raise VesselError.of("VES-311", f"{path} {reason[0]}", reason[1])
        mode = stat.S_IMODE(status.st_mode)
        mode = USUAL.get(mode, mode)
        if stat.S_ISLNK(status.st_mode):
            yield {"path": name, "link": os.readlink(path)}
        elif stat.S_ISREG(status.st_mode):
            executable = bool(mode & 0o100)
            usual = mode == (0o755 if executable else 0o644)
            yield {
                "path": name,
                "sha256": sha256_file(path),
                "size": status.st_size,
                "executable": executable,
                **({} if usual or role else {"mode": f"{mode:04o}"}),
            }
        elif not role and (mode != 0o755 or not any(path.iterdir())):
            yield {"path": name, "mode": f"{mode:04o}"}


def _refused(path: Path, name: str, mode: int, role: bool) -> tuple[str, str] | None:
    """Why something cannot be kept as it is, and what to do; None where it can."""
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        return "is a socket, pipe or device", "Remove it; systemd can make it in the machine."
    if not name.isprintable():  # what is not UTF-8 is not either
        return "has a name that is no plain text", "Give it another name."
    if stat.S_ISLNK(mode):
        if role:
            return "is a link, in a role", "Replace it by what it leads to."
        if not os.readlink(path).isprintable():
            return "is a link to a name that is no plain text", "Give what it leads to another."
        return None
    if not role and (rights := [each for each in os.listxattr(path) if each in RIGHTS]):
        hint = "Remove it (`setfacl -b`, `setcap -r`); a role can give the right in the machine."
        return f"has rights that would be lost: the attribute {rights[0]}", hint
    return None
