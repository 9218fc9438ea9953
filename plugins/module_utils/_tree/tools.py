"""The tools tree: the locked programs that shape an image's bytes, unpacked and never installed.

They run through the tree's own dynamic loader, so the host's libraries do not matter and no
chroot, and no root, is needed. No maintainer script runs: nothing here depends on the host.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .._common.errors import VesselError
from .._common.progress import report
from .._kinds.architectures import ARCHITECTURES
from .deb import extract
from .inside import Inside

MERGED = ("bin", "sbin", "lib", "lib64")
PROGRAM_PATH = ("usr/bin", "usr/sbin", "usr/lib/go-1.24/bin")
# This machine -> its dynamic loader; a tree of cross compilers has another machine's beside it.
LOCK_AGAIN = "Lock again with `-e update=true`: this lock was made for another version of Vessel."
LOADERS = {each.machine: each.loader for each in ARCHITECTURES.values()}


def unpack_tools(debs: Sequence[Path], tree: Path) -> None:
    """Unpack the files `debs` of Debian packages into the empty directory `tree`.

    Raises VES-102 when one cannot be unpacked.
    """
    report(f"tools: unpacking {len(debs)} packages")
    for name in MERGED:
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for result in [pool.submit(extract, deb, tree) for deb in debs]:
            result.result()


class Tools:
    """Programs and data files of a tools tree."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree.absolute()
        machine = os.uname().machine
        loader = LOADERS.get(machine)
        if loader is None or not self._has(loader):
            raise VesselError.of(
                "VES-511",
                f"{tree} is not a tools tree: it has no dynamic loader",
                "Build it again.",
            )
        self._loader = self.tree / loader
        # It takes no configuration of the host's.
        self._libraries = f"usr/lib/{machine}-linux-gnu"
        self._library_path = f"{self.tree / self._libraries}:{self.tree / 'usr/lib'}"

    def argv(self, program: str, *args: str | os.PathLike[str]) -> list[str]:
        """The command line that runs `program`, a bare name or a path inside the tree.

        Raises VES-512 when the tree has no such program.
        """
        path = self._program(program)
        words = [os.fspath(argument) for argument in args]
        if not _has_interpreter(path):
            return [str(path), *words]  # static: the loader refuses it, and it needs none
        return [str(self._loader), "--library-path", self._library_path, str(path), *words]

    def file(self, path: str) -> Path:
        """A data file of the tree by its path from the tree's root; VES-512 when missing."""
        if not self._has(path):
            raise VesselError.of("VES-512", f"the tools tree has no {path}", LOCK_AGAIN)
        return self.tree / path

    def library(self, name: str) -> Path:
        """A shared library by its file's name; VES-512 when the tree has none."""
        return self.file(f"{self._libraries}/{name}")

    def _program(self, program: str) -> Path:
        places = [program] if "/" in program else [f"{place}/{program}" for place in PROGRAM_PATH]
        for place in places:
            if self._has(place) and os.access(self.tree / place, os.X_OK):
                return self.tree / place
        raise VesselError.of("VES-512", f"the tools tree has no program {program}", LOCK_AGAIN)

    def _has(self, path: str) -> bool:
        """Whether the path leads to something of the tree's, for whoever is outside, too."""
        try:
            found = Inside(self.tree).status(path, follow=True)
            return found is not None and os.path.samestat((self.tree / path).stat(), found)
        except FileNotFoundError:
            return False  # no tree; or an absolute link, which leads there only from inside


def _has_interpreter(program: Path) -> bool:
    """Whether an ELF file names a dynamic loader (PT_INTERP); its name is in the first page."""
    with program.open("rb") as file:
        return b"/ld-linux" in file.read(4096)
