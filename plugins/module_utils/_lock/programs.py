"""How every Go program is built: what it is stamped with, and the arguments of the build.

One recipe serves all: the program's own module, at the locked version, is the main module, so that
its dependencies, replacements and GODEBUG defaults are exactly upstream's. Only replacements by
directories of upstream's repository, which a module zip does not hold, give way to the released
modules. A module zip has no git history, so versions are stamped by the linker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .._common.files import digest
from .._kinds.programs import GO_MODULES, GO_SOURCES
from .gocommand import PLATFORM

# Kubernetes 1.36 needs Go 1.26. Built with one toolchain whatever the version of Kubernetes.
TOOLCHAIN = "go1.26.8"
# Symbols and DWARF would be a third of the image's binaries.
LINKER = ("-s", "-w")
FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")


def parts(version: str, date: str = "") -> dict[str, str]:
    """The values that stamps and sibling versions are made of."""
    bare = version.removeprefix("v")
    major, minor, patch = [*bare.partition("-")[0].split("."), "0", "0"][:3]
    return {
        "version": f"v{bare}",
        "bare": bare,
        "major": major,
        "minor": minor,
        "patch": patch,
        "date": date,
    }


def flags(name: str, locked: Mapping[str, Any]) -> list[str]:
    """The arguments of `go build` that shape the bytes of a program; `locked` is its lock part."""
    program = GO_MODULES[name]
    values = parts(locked["version"], locked["time"])
    stamps = [f"-X={name}={text.format(**values)}" for name, text in program.stamps.items()]
    tags = [f"-tags={','.join(program.tags)}"] if program.tags else []
    return [*FLAGS, *tags, f"-ldflags={' '.join([*LINKER, *stamps])}"]


def build_key(name: str, locked: Mapping[str, Any], toolchain: str) -> str:
    """The store's record key of a build: everything that its bytes follow from.

    `toolchain` is the checksum of the Go toolchain. The key is known without building.
    """
    recipe = {"flags": flags(name, locked), "names": dict(GO_MODULES[name].names)}
    return digest(
        {"recipe": recipe, "locked": locked, "toolchain": toolchain, "platform": dict(PLATFORM)}
    )


def recipes(go: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that says how the Go programs of a lock's part `go`, and ours, are built: values
    of `_kinds` and of this file, which are data that no import leads to."""
    toolchain = go["toolchain"].get("sum", "")
    return {
        "modules": {
            name: build_key(name, each, toolchain) for name, each in go["programs"].items()
        },
        "sources": {name: asdict(each) for name, each in GO_SOURCES.items()},
        "platform": dict(PLATFORM),
    }
