"""The forms of the files in `programs/`: how a program that Vessel builds from source comes about.

One recipe serves all Go modules: the program's own module, at the locked version, is the main
module, so that its dependencies, replacements and GODEBUG defaults are exactly upstream's. A module
zip has no git history, so versions are stamped by the linker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Packages of the Cargo workspace in native/rust.
SHIMS = "vessel-shims"


class Program:
    """A program, whichever way it is built."""

    name: str


@dataclass(frozen=True)
class GoModule(Program):
    """A Go module of somebody else's, and the main packages wanted of it.

    `version` may use, by the name of a program and without a leading v, versions that the spec says
    and those that another program `tells`. `siblings` is the version of
    modules that live in the same repository and are required without a version of their own.
    `stamps` are linker variables; values may use `{version}` (v1.2.3), `{bare}` (1.2.3), `{major}`,
    `{minor}`, `{patch}` and `{date}` (of the module version, UTC). A module zip names no commit, so
    the version stands where a program prints one. `names` gives programs another file name than Go
    does. `tells`: a constant of the file `told_in` of its sources -> the program whose version that
    is, as a tag of its image.
    """

    module: str
    version: str
    packages: tuple[str, ...]
    tags: tuple[str, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    siblings: str = ""
    told_in: str = ""
    tells: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class GoSource(Program):
    """A Go program of this project: a package of the module in `directory`, whose go.mod and go.sum
    are its lock."""

    directory: str
    package: str
    name: str = ""


@dataclass(frozen=True)
class RustCrate(Program):
    """A Rust program of this project: a binary of a package of the workspace in native/rust, the
    feature that it is built with, if any, and the crate whose version people know it by."""

    package: str
    binary: str
    known_by: str
    feature: str = ""
    name: str = ""
