"""The programs of a Go module of somebody else's, built of the locked sources.

Fetching is allowed exactly what the locked go.sum names; the build after it has no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._common.places import cache_root
from .._common.scratch import scratch
from .._common.space import space
from .._kinds.architecture import Architecture
from .._kinds.program import GoModule
from .._lock.gocommand import Go, build_environment
from .._lock.gomodule import download, packages
from .._lock.modulezip import unpack
from .._lock.programs import flags
from .._plan.stage import Kind, Stage, Work, stage
from .._store.gobuild import compile_go

# Bytes that building one takes in modules and Go's build cache.
NEEDS = 1_500_000_000


def make(work: Work) -> None:
    """Fetch the module and what it needs, and build its programs.

    Raises VES-321, VES-322 and VES-324 when a locked source cannot be had or is another one, and
    VES-411 when it does not build.
    """
    said = work.options
    name, wanted = said["name"], said["packages"]
    go = Go.of(work.inputs["toolchain"], cache_root(), said["environment"])
    with space(cache_root(), NEEDS, f"building {name}"), scratch("go") as directory:
        found = download(go, said["module"], said["version"], locked=True)
        source = directory / name
        source.mkdir()
        unpack(found.zip, said["sum"], source)
        (source / "go.mod").write_text(said["go_mod"], encoding="utf-8")
        (source / "go.sum").write_text(said["go_sum"], encoding="utf-8")
        count = packages(go, source, wanted, said["tags"], mode="readonly")
        compile_go(go, name, source, work.place, [*said["arguments"], *wanted], count)
        for built, called in said["names"].items():
            (work.place / built).rename(work.place / called)


KIND = Kind(
    "go_module", "build a Go module from its locked sources", make, online=True, by_values=True
)


def go_module(
    root: Path,
    program: GoModule,
    locked: Mapping[str, Any],
    *,
    toolchain: Stage,
    architecture: Architecture,
) -> Stage:
    """The programs of the module that `locked`, the lock's part for `program`, names."""
    options = {
        **{key: locked[key] for key in ("module", "version", "sum", "packages")},
        **{key: locked[key] for key in ("go_mod", "go_sum")},
        "name": program.name,
        "tags": list(program.tags),
        "names": dict(program.names),
        "arguments": flags(program, locked),
        "environment": build_environment(architecture),
    }
    return stage(root, KIND, name=program.name, options=options, inputs={"toolchain": toolchain})
