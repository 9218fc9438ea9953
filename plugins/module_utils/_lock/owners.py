"""Whose package it is: what Debian has, another repository does not replace unless the spec says
so, nor does a repository what one before it has.

apt's own pins know a repository by what it says of itself, or by the name of its host. Either may
be somebody else's as well. So the indices, which apt has fetched and verified, are cut to what each
repository may bring, before apt chooses from them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .._common.errors import Position, Problem, VesselError

NAME = re.compile(rb"[a-z0-9][a-z0-9+.-]+")  # Debian policy, 5.6.1
# Of Debian's own indices, which are as its own tools write them.
NAMES = re.compile(rb"^Package: (\S+)$", re.MULTILINE)
PROVIDED = re.compile(rb"^Provides: (.+)$", re.MULTILINE)
# What makes apt install a package that nobody asked for.
UNASKED = {b"essential", b"protected", b"important"}
# deb822(5): names of fields are of any case, and a line that begins with a blank goes on.
FIELD = re.compile(rb"^([!-9;-~]+):(.*(?:\n[ \t].*)*)$", re.MULTILINE)

NAMED = 8  # packages that are told by name
Stanza = dict[bytes, bytes]  # fields by their names in lower case


class Index(Protocol):
    """A package index in apt's lists, and the archive of a repository that it is of."""

    @property
    def archive(self) -> str:
        """Empty for Debian's own."""

    @property
    def file(self) -> Path:
        """Not there where the index is empty."""


class Repository(Protocol):
    """What the spec says of a repository."""

    @property
    def name(self) -> str:
        """By which the spec knows it."""

    @property
    def archive(self) -> str:
        """By which the lock knows it."""

    @property
    def replaces(self) -> Sequence[str]:
        """The names of others' packages that it may bring."""

    @property
    def place(self) -> Position | None:
        """Where the spec names it."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Name of a package -> the archive of the repository that it is taken from. `passed` says which
    repositories have a package as well that is taken from Debian, or from one before them;
    `replaced` which one it is taken from instead of Debian."""

    archives: Mapping[str, str] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)

    def told(self, names: Iterable[str]) -> list[str]:
        """What people should know of those of the packages `names` that several have."""
        ways = (
            (self.replaced, "taken from the repository {}, in place of Debian's"),
            (self.passed, "not taken from the repository {}, which has the same names"),
        )
        wanted, lines = set(names), []
        for owners, what in ways:
            for of in dict.fromkeys(owners.values()):
                found = sorted(name for name in wanted if owners.get(name) == of)
                more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
                if found:
                    lines.append(f"{', '.join(found[:NAMED])}{more}: {what.format(of)}")
        return lines

    def hint(self, said: str) -> str:
        """What may help where apt, whose words `said` are, cannot install what it was asked for."""
        words = set(re.findall(r"[a-z0-9][a-z0-9+.-]+", said))
        names = [name for name in self.passed if name in words]
        if not names:
            return ""
        other = self.passed[names[0]]
        return (
            f"\nThe repository {other} has {names[0]} as well, and may not replace Debian's: where"
            f" it should, write `replaces: [{names[0]}]` in the spec's repository {other}."
        )


def divide(indices: Iterable[Index], repositories: Sequence[Repository]) -> Owners:
    """Cut the files of `indices` to what is taken from each.

    A package of a name that Debian has, or provides, stays out of a repository that does not
    `replaces` it; so does what other packages of it provide of such names, and that something is
    essential. Raises VES-328 for a name in `replaces` that the repository has not.
    """
    files: dict[str, list[Path]] = {}
    for index in indices:
        if index.file.is_file():
            files.setdefault(index.archive, []).append(index.file)
    taken: set[bytes] = set()
    for path in files.get("", ()):
        data = path.read_bytes()
        taken |= set(NAMES.findall(data))
        taken |= {name for line in PROVIDED.findall(data) for name in _provided(line)}
    archives: dict[str, str] = {}
    passed: dict[str, str] = {}
    replaced: dict[str, str] = {}
    seen = list(files.get("", ()))
    for each in repositories:
        # A suite of Debian's own that a spec names once more is Debian's.
        own = {path: _stanzas(path) for path in files.get(each.archive, ()) if path not in seen}
        every = [stanza for stanzas in own.values() for stanza in stanzas]
        names, also = {stanza[b"package"] for stanza in every}, set(_all_provided(every))
        _demand_there(each, names | also)
        out = taken - {name.encode() for name in each.replaces}
        for path, stanzas in own.items():
            _write(path, [_bounded(stanza, out, taken) for stanza in stanzas], out)
        instead = names & taken - out
        for path in seen if instead else ():
            _without(path, instead)
        archives |= {name.decode(): each.archive for name in names - out}
        replaced |= {name.decode(): each.name for name in sorted(instead)}
        passed |= {name.decode(): each.name for name in sorted(names & out)}
        taken |= (names | also) - out
        seen += own
    return Owners(archives, passed, replaced)


def _bounded(stanza: Stanza, out: Set[bytes], taken: Set[bytes]) -> Stanza:
    """A stanza without what would make apt take the package unasked, or for one that others
    have."""
    found = dict(stanza)
    if stanza[b"package"] not in taken:
        found = {key: value for key, value in found.items() if key not in UNASKED}
    if b"provides" in found:
        entries = found.pop(b"provides").split(b",")
        left = [each.strip() for each in entries if not set(_provided(each)) & out]
        found |= {b"provides": b" " + b", ".join(left)} if left else {}
    return found


def _stanzas(path: Path) -> list[Stanza]:
    """The packages of a repository's index, as apt reads them; what is not of the form is left
    out."""
    found = []
    for text in re.split(rb"\n(?:[ \t\r]*\n)+", path.read_bytes()):
        fields = [(key.lower(), value) for key, value in FIELD.findall(text)]
        stanza = dict(fields)
        name = stanza.get(b"package", b"").strip()
        if len(stanza) == len(fields) and NAME.fullmatch(name):
            found.append({**stanza, b"package": name})
    return found


def _write(path: Path, stanzas: Iterable[Stanza], out: Set[bytes]) -> None:
    """The index without the packages `out`."""
    texts = (
        b"".join(b"%s: %s\n" % (key, value.strip()) for key, value in stanza.items())
        for stanza in stanzas
        if stanza[b"package"] not in out
    )
    path.write_bytes(b"\n".join(texts))


def _all_provided(stanzas: Iterable[Stanza]) -> Iterator[bytes]:
    for stanza in stanzas:
        yield from _provided(stanza.get(b"provides", b""))


def _provided(value: bytes) -> Iterator[bytes]:
    """The names in the value of a field `Provides`."""
    for entry in value.split(b","):
        if match := NAME.match(entry.strip()):
            yield match[0]


def _without(path: Path, names: Set[bytes]) -> None:
    """Take the packages `names` out of an index of somebody else's."""
    stanzas = path.read_bytes().split(b"\n\n")
    left = [each for each in stanzas if not set(NAMES.findall(each)) & names]
    path.write_bytes(b"\n\n".join(left))


def _demand_there(repository: Repository, found: Iterable[bytes]) -> None:
    names = {name.decode("utf-8", "replace") for name in found}
    problems = [
        Problem(
            "VES-328",
            f"the repository {repository.name} has no {name} that could replace another",
            f"Did you mean {', '.join(near)}?" if near else "Take the name out of `replaces`.",
            repository.place,
        )
        for name in repository.replaces
        if name not in names
        for near in [difflib.get_close_matches(name, names, n=3)]
    ]
    if problems:
        raise VesselError(*problems)
