"""The files of some locked Debian packages and of what they depend on, for a container image.

Nothing is installed: no maintainer script runs, so what a script would have made (the links of
alternatives, a certificate bundle) is the caller's to make.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from .._common.errors import VesselError
from .._common.run import run
from .._oci.layout import Directory, Entry, File, Link
from .deb import Deb, extract

# Debian's merged /usr: these four are links, and no package ships files through them.
MERGED = ("bin", "lib", "lib64", "sbin")
UNWANTED = re.compile(
    r"/usr/share/(man|info|locale|lintian|bash-completion|bug|initramfs-tools)(/|$)"
    r"|/usr/share/doc/[^/]+/(?!copyright$)"
    r"|/etc/init\.d(/|$)|/usr/lib/systemd(/|$)|/usr/lib/[^/]+/gconv(/|$)"
)


def closure(roots: Sequence[str], packages: Sequence[Deb]) -> list[Deb]:
    """The locked packages that `roots` need to run, by name: Depends and Pre-Depends followed.

    Raises VES-531 when something needed is not locked.
    """
    locked = {package.name: package for package in packages}

    @cache
    def providers() -> dict[str, str]:
        found: dict[str, str] = {}
        for name, package in sorted(locked.items()):
            for group in _relations(package, "Provides"):
                found.setdefault(group[0], name)
        return found

    chosen: dict[str, Deb] = {}
    waiting = [[root] for root in roots]
    while waiting:
        names = waiting.pop()
        name = next((n for n in names if n in locked), None) or next(
            (providers()[n] for n in names if n in providers()), None
        )
        if name is None:
            raise VesselError.of(
                "VES-531",
                f"an image needs the package {' or '.join(names)}, which is not locked",
                "Add it to the node's packages and lock again.",
            )
        if name not in chosen:
            chosen[name] = locked[name]
            for kind in ("Pre-Depends", "Depends"):
                waiting += _relations(locked[name], kind)
    return [chosen[name] for name in sorted(chosen)]


def unpack(packages: Sequence[Deb], directory: Path) -> None:
    """Unpack the packages over each other into `directory`; VES-532 when one is not usr-merged."""
    for package in packages:
        extract(package.file, directory)
    for name in MERGED:
        if (directory / name).is_dir() and not (directory / name).is_symlink():
            raise VesselError.of(
                "VES-532",
                f"a package ships files in /{name}",
                "Lock again with `-e update=true`: a later version may put them into /usr.",
            )


def entries(directory: Path) -> Iterator[Entry]:
    """What lies in an unpacked `directory` as layer entries, without documentation but licences."""
    for name in MERGED:
        yield Link(f"/{name}", f"usr/{name}")
    for base, folders, files in os.walk(directory):
        for name in [*folders, *files]:
            path = Path(base, name)
            inside = f"/{path.relative_to(directory)}"
            if UNWANTED.match(inside) or inside.strip("/") in MERGED:
                continue
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                # Not Path.readlink: it would tidy the target.
                yield Link(inside, os.readlink(path))
            elif stat.S_ISREG(mode):
                yield File(inside, path, stat.S_IMODE(mode))
            elif stat.S_ISDIR(mode) and stat.S_IMODE(mode) != 0o755:
                yield Directory(inside, stat.S_IMODE(mode))


def _relations(package: Deb, kind: str) -> list[list[str]]:
    """A relation field as groups of alternative package names, versions dropped: the lock holds
    one version of each, chosen by apt."""
    text = run(["dpkg-deb", "--field", package.file, kind]).stdout.replace("\n", " ")
    groups = [
        [re.split(r"[\s:(\[]", alternative.strip())[0] for alternative in group.split("|")]
        for group in text.split(",")
    ]
    return [group for group in groups if group != [""]]
