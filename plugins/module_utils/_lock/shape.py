"""What a lock file holds, field by field, and what in another content is not of that shape.

The types are the one list of a lock's fields: what they do not name is refused, so a resolver that
brings a new field has to name it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypedDict,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from .._spec.loader import shown
from .._spec.schema import Path, dotted

SCHEMA = 1
LATEST = 1 << 33  # seconds since 1970: the year 2242, which file systems and programs still know


@dataclass(frozen=True, slots=True)
class Form:
    """What a text must be, in words that complete "which is not", and as a regular expression for
    all of it; or the greatest number."""

    about: str
    pattern: str = ""
    most: int = 0

    def has(self, value: Any) -> bool:
        """Whether a text or number is of this form."""
        if isinstance(value, int):
            return 0 <= value <= self.most
        return re.fullmatch(self.pattern, value) is not None


# What is no character, and what no line of text holds.
_ODD = r"\x00-\x1f\x7f\ud800-\udfff"
# Debian policy, 5.6.1, 5.6.8 and 5.6.12.
Name = Annotated[str, Form("the name of a package", "[a-z0-9][a-z0-9+.-]+")]
Version = Annotated[str, Form("a version of a package", "[A-Za-z0-9.+:~-]+")]
Architecture = Annotated[str, Form("the name of an architecture", "[a-z0-9-]+")]
Line = Annotated[str, Form("one line of text", f"[^{_ODD}]+")]
Remark = Annotated[str, Form("one line of text", f"[^{_ODD}]*")]  # may be empty
Text = Annotated[str, Form("text", rf"([^{_ODD}]|[\t\n])*")]  # lines
Sha256 = Annotated[str, Form("a SHA-256 of 64 hexadecimal digits", "[0-9a-f]{64}")]
Url = Annotated[str, Form("a URL", f"https?://[^ {_ODD}]+")]
Inside = Annotated[str, Form("an absolute path", f"/[^{_ODD}]+")]
Size = Annotated[int, Form("a size in bytes", most=1 << 50)]
Seconds = Annotated[int, Form("a time in seconds since 1970", most=LATEST)]
# https://go.dev/ref/mod#versions, #module-path and the checksums of go.sum.
Tag = Annotated[str, Form("a version of a module", r"v[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.+-]*")]
Module = Annotated[str, Form("the path of a module", r"[A-Za-z0-9._~/-]+")]
Sum = Annotated[str, Form("a checksum as go.sum has it", "h1:[A-Za-z0-9+/]{43}=")]
GoVersion = Annotated[str, Form("a version of Go", r"go[0-9]+\.[0-9]+(\.[0-9]+|rc[0-9]+)?")]
Time = Annotated[str, Form("a time in UTC", r"[0-9]{4}(-[0-9]{2}){2}T[0-9:.]+Z|")]
MainPackage = Annotated[str, Form("a package below the module", r"\.(/[A-Za-z0-9._-]+)*")]
Mode = Annotated[str, Form("a mode in octal", "[0-7]{4}")]
ImageTag = Annotated[str, Form("the tag of an image", "[A-Za-z0-9_][A-Za-z0-9_.-]*")]


class Suite(TypedDict):
    """The signed index of a suite; `date` as its Release file has it. `archive` names it where it
    is the spec's own."""

    suite: Remark
    components: list[Line]
    origin: Remark
    date: Line
    sha256: Sha256
    archive: NotRequired[Line]


class Package(TypedDict):
    """A Debian package; `path` is below the root of its archive."""

    name: Name
    version: Version
    architecture: Architecture
    sha256: Sha256
    size: Size
    archive: Line
    path: Line


class Debian(TypedDict):
    """Resolved by apt, see `debian.resolve`."""

    release: Line
    suites: list[Suite]
    node: list[Package]
    tools: list[Package]
    compilers: NotRequired[list[Package]]


class Toolchain(TypedDict):
    """Go itself."""

    version: GoVersion
    sum: Sum


class Program(TypedDict):
    """A Go module, and what it is built with, see `gomodule.resolve`."""

    module: Module
    version: Tag
    sum: Sum
    time: Time
    packages: list[MainPackage]
    go_mod: Text
    go_sum: Text


class Go(TypedDict):
    """Go, and programs by their names in `_kinds.programs`."""

    toolchain: Toolchain
    programs: dict[str, Program]


class Rust(TypedDict):
    """What is built of crates, see `rust.rust_part`."""

    cargo_lock: Sha256
    versions: dict[str, Line]


class Executable(TypedDict):
    """A program by URL, and where it lies in the machine."""

    path: Inside
    url: Url
    sha256: Sha256
    size: Size


class Shim(TypedDict):
    """Somebody's release of an engine."""

    engine: Line
    url: Url
    sha256: Sha256
    size: Size


class Held(TypedDict):
    """Something of a source beside the spec, see `beside.digests`."""

    path: Remark
    sha256: NotRequired[Sha256]
    size: NotRequired[Size]
    executable: NotRequired[bool]
    mode: NotRequired[Mode]
    link: NotRequired[Line]


class WantedPackages(TypedDict):
    """What packages were resolved for."""

    repositories: NotRequired[list[dict[str, Any]]]


class Wanted(TypedDict):
    """What the lock answers, see `lockfile.requirements`. Another version of Vessel may ask for
    more; then the lock is stale, not broken."""

    debian: NotRequired[WantedPackages]
    sources: NotRequired[dict[str, list[Held]]]


OPEN = {Wanted, WantedPackages}
# `for` is a word of Python's.
File = TypedDict(
    "File",
    {
        "schema": Literal[1],  # SCHEMA
        "for": Wanted,
        "architecture": Architecture,
        "source_date_epoch": Seconds,
        "kubernetes": dict[str, ImageTag],
        "executables": NotRequired[list[Executable]],
        "shims": NotRequired[list[Shim]],
        "debian": Debian,
        "go": Go,
        "rust": NotRequired[Rust],
    },
)
# What tells the entries of a list apart.
KEYS: Mapping[Any, tuple[str, ...]] = {
    Suite: ("archive", "origin", "suite"),
    Package: ("name", "architecture"),
    Executable: ("path",),
    Shim: ("engine",),
    Held: ("path",),
}


@cache
def fields_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    """The fields of one of the types above, each with its type and whether it must be there."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        found[name] = (get_args(hint)[0] if optional else hint, not optional)
    return found


def key_of(kind: Any, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells an entry of a list from the others."""
    return tuple(str(entry.get(field, "")) for field in KEYS[kind])


def problems(value: Any, kind: Any = File, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """What in `value` is not of the shape `kind`: where, and in words."""
    if kind is Any:
        return
    origin = get_origin(kind)
    if is_typeddict(kind) or origin is dict:
        if not isinstance(value, dict):
            yield path, f"{_named(path)} is {_shown(value)}, which is not a section"
        elif origin is dict:
            for name, each in value.items():
                yield from problems(each, get_args(kind)[1], (*path, name))
        else:
            yield from _of_fields(value, kind, path)
    elif origin is list:
        yield from _of_list(value, get_args(kind)[0], path)
    elif reason := _of_value(value, kind):
        yield path, f"{_named(path)} is {_shown(value)}, which is not {reason}"


def _of_fields(value: dict[str, Any], kind: Any, path: Path) -> Iterator[tuple[Path, str]]:
    fields = fields_of(kind)
    for name, (inner, required) in fields.items():
        if name in value:
            yield from problems(value[name], inner, (*path, name))
        elif required:
            yield path, f"{_named(path)} lacks `{name}`"
    for name in () if kind in OPEN else (each for each in value if each not in fields):
        yield (*path, name), f"{_named(path)} has `{shown(name)}`, which no lock has"


def _of_list(value: Any, kind: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if not isinstance(value, list):
        yield path, f"{_named(path)} is {_shown(value)}, which is not a list"
        return
    seen = set()
    for index, each in enumerate(value):
        place = (*path, index)
        found = list(problems(each, kind, place))
        yield from found
        if found or kind not in KEYS:
            continue
        key = key_of(kind, each)
        if key in seen:
            yield place, f"{_named(path)} has {shown(' '.join(key).strip())} twice"
        seen.add(key)


def _of_value(value: Any, kind: Any) -> str:
    """What a value of `kind` is and `value` is not; empty where it is."""
    if get_origin(kind) is Literal:
        (only,) = get_args(kind)
        return "" if type(value) is type(only) and value == only else str(only)
    if kind is bool or kind is str:
        about = "true or false" if kind is bool else "text"
        return "" if isinstance(value, kind) else about
    base, form = get_args(kind)
    right = isinstance(value, base) and not isinstance(value, bool) and form.has(value)
    return "" if right else str(form.about)


def _named(path: Path) -> str:
    return f"`{dotted(path)}`" if path else "it"


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a section" if isinstance(value, dict) else "a list"
    return "empty" if value is None else shown(value)
