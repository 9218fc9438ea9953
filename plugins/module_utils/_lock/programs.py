"""How every Go program is built: what it is stamped with, and the arguments of the build.

One recipe serves all: the program's own module, at the locked version, is the main module, so that
its dependencies, replacements and GODEBUG defaults are exactly upstream's. Only replacements by
directories of upstream's repository, which a module zip does not hold, give way to the released
modules. A module zip has no git history, so versions are stamped by the linker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.version import Version
from .._kinds.program import GoModule

# Kubernetes 1.36 needs Go 1.26. Built with one toolchain whatever the version of Kubernetes.
TOOLCHAIN = "go1.26.8"
# Symbols and DWARF would be a third of the image's binaries.
LINKER = ("-s", "-w")
FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")


def parts(version: str, date: str = "") -> dict[str, str]:
    """The values that stamps and sibling versions are made of."""
    of = Version.of(version)
    major, minor, patch = of.numbers
    return {
        "version": of.tag,
        "bare": of.bare,
        "major": major,
        "minor": minor,
        "patch": patch,
        "date": date,
    }


def flags(program: GoModule, locked: Mapping[str, Any]) -> list[str]:
    """The arguments of `go build` that shape the bytes of a program; `locked` is its lock part."""
    values = parts(locked["version"], locked["time"])
    stamps = [f"-X={name}={text.format(**values)}" for name, text in program.stamps.items()]
    tags = [f"-tags={','.join(program.tags)}"] if program.tags else []
    return [*FLAGS, *tags, f"-ldflags={' '.join([*LINKER, *stamps])}"]


def source_flags() -> list[str]:
    """The same for a program of this project."""
    return [*FLAGS, f"-ldflags={' '.join(LINKER)}"]


def files(program: GoModule) -> list[str]:
    """The file names of a module's programs: Go names each after the last part of its package."""
    bases = [
        (program.module if package == "." else package).rpartition("/")[2]
        for package in program.packages
    ]
    # A major version is no name: `server/v3` gives `server`.
    whole = program.module.rpartition("/")[0].rpartition("/")[2]
    named = [whole if base[:1] == "v" and base[1:].isdigit() else base for base in bases]
    return [program.names.get(name, name) for name in named]
