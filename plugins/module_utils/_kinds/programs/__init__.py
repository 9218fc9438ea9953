"""The programs of a node and its control plane, one file a program; their forms are in `program`.

The shims of WebAssembly engines are in the files of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..members import members
from ..program import GoModule, GoSource, Program, RustCrate

PROGRAMS: Mapping[str, Program] = members(__name__, __path__, Program)
GO_MODULES: Mapping[str, GoModule] = MappingProxyType(
    {name: each for name, each in PROGRAMS.items() if isinstance(each, GoModule)}
)
GO_SOURCES: Mapping[str, GoSource] = MappingProxyType(
    {name: each for name, each in PROGRAMS.items() if isinstance(each, GoSource)}
)
RUST_CRATES: Mapping[str, RustCrate] = MappingProxyType(
    {name: each for name, each in PROGRAMS.items() if isinstance(each, RustCrate)}
)
