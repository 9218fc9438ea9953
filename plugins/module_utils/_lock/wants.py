"""What a vessel wants locked, by names and versions; a lock says what they were resolved to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wants:
    """`node`, `tools` and `compilers` are Debian packages by name. `modules` are Go modules by
    their names in `_kinds.programs`, `versions` those that the spec says, by the same names and
    without a leading v. `rust` are programs by their names in `_lock.rust.CRATES`."""

    node: tuple[str, ...]
    tools: tuple[str, ...]
    compilers: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    rust: tuple[str, ...] = ()
