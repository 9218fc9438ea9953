"""What becomes of the variables while they are taken one by one: a spec, its files, and a list of
what found no place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from .._common.errors import Position, Problem
from .._common.redact import redacted
from .._spec.schema import rules_at
from .variables import Variable


class Kind(StrEnum):
    """Why a variable is not in the spec."""

    NOT_NEEDED = "not needed"
    OTHER = "other distribution or cloud"
    LATER = "not available"
    SECRET = "a secret"
    MISSING = "something is missing"
    EMPTY = "no value"
    UNKNOWN = "unknown key"


@dataclass(frozen=True, slots=True)
class Left:
    """A variable, or a part of one, that was not mapped. The reason never has its value, unless
    that is a name that the user looks for (a package, a file)."""

    key: str
    kind: Kind
    reason: str
    where: Position


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for.

    `spec` is the file to write; what it needs lies in the directory of its stem beside it.
    `checkout` is image-builder's directory `images/capi`, where its relative paths and the names of
    roles begin. `mounts` says where on this host the paths of its container lie. `digests` has the
    SHA-256 of what it fetches, by URL. With `machine_proxy` the build's proxy becomes the
    machine's. `properties` is the file of `OVF_CUSTOM_PROPERTIES`.
    """

    files: tuple[Path, ...]
    spec: Path
    checkout: Path | None = None
    mounts: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    machine_proxy: bool = False
    properties: Path | None = None

    def found(self, name: str, *below: str) -> Path | None:
        """The file or directory that image-builder calls `name`; a relative name is looked for in
        the checkout, and in its directories `below`."""
        if name.startswith("/"):
            for mount in sorted(self.mounts, key=len, reverse=True):
                if name == mount or name.startswith(f"{mount.rstrip('/')}/"):
                    path = self.mounts[mount] / name[len(mount) :].lstrip("/")
                    return path if path.exists() else None
            return Path(name) if Path(name).exists() else None
        if self.checkout is None:
            return None
        places = [self.checkout / name, *(self.checkout / part / name for part in below)]
        return next((place for place in places if place.exists()), None)


@dataclass(slots=True)
class Draft:
    """The spec as it grows, by the names of the schema; `sources` are the files beside it, below
    the directory `stem`: bytes, or the file or directory to copy. `spread` are the keys of
    image-builder's that `ansible_user_vars` gave, `role_variables` all others there; `containerd`
    is the drop-in of its configuration."""

    request: Request
    variables: dict[str, Variable]
    spec: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, bytes | Path] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    role_variables: dict[str, str] = field(default_factory=dict)
    spread: set[str] = field(default_factory=set)
    containerd: dict[str, Any] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The spec's name, which its directory of files has, too."""
        return self.request.spec.stem

    def text(self, key: str) -> str:
        """The value of a variable; empty where there is none."""
        found = self.variables.get(key)
        return found.text if found else ""

    def leave(self, variable: Variable, kind: Kind, reason: str) -> None:
        """List what has no place in the spec."""
        self.left.append(Left(variable.key, kind, redacted(reason), variable.where))

    def section(self, *path: str) -> dict[str, Any]:
        """The section at `path`, made where it is not there yet."""
        section = self.spec
        for step in path:
            section = section.setdefault(step, {})
        return section

    def add(self, path: tuple[str, ...], items: Iterable[Any]) -> bool:
        """Put those of `items` that are not there yet at the end of the list at `path`; whether
        there were any items."""
        items = list(items)
        if items:
            there = self.section(*path[:-1]).setdefault(path[-1], [])
            there += [item for item in items if item not in there]
        return bool(items)

    def source(self, name: str, content: bytes | Path) -> str:
        """Have `content` beside the spec, as `name` in its directory; the path that the spec says.
        Another content of that name gets a number."""
        path, number = f"{self.stem}/{name}", 1
        while self.sources.setdefault(path, content) != content:
            number += 1
            base, dot, suffix = name.rpartition(".") if "." in Path(name).name else (name, "", "")
            path = f"{self.stem}/{base}-{number}{dot}{suffix}"
        return path

    def file(self, path: str, content: str) -> None:
        """Lay a text of ours down at the absolute `path` of the machine."""
        source = self.source(f"files{path}", content.encode())
        self.add(("customize", "files"), [{"path": path, "source": source}])


def fits(path: tuple[str | int, ...], value: str | int) -> bool:
    """Whether the spec takes `value` at `path`; 0 is any item of a list."""
    rules = rules_at(path)
    if "allowed" in rules:
        return value in rules["allowed"]
    wrong: list[str] = []
    if "check_with" in rules:
        rules["check_with"]("", value, lambda _field, reason: wrong.append(reason))
    return not wrong


def slug(text: str) -> str:
    """The text as a short name of small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "unnamed"
