"""A Go program of this project; its go.mod and go.sum are its lock."""

from __future__ import annotations

from pathlib import Path

from .._common.places import cache_root
from .._common.scratch import scratch
from .._kinds.architecture import Architecture
from .._kinds.program import GoSource
from .._lock.gocommand import Go, build_environment
from .._lock.gomodule import packages
from .._lock.programs import source_flags
from .._plan.files import copy_files, file_digests
from .._plan.stage import Kind, Stage, Work, stage
from .._store.gobuild import compile_go


def make(work: Work) -> None:
    """Fetch the modules that it needs, and build it; errors as those of a Go module."""
    said = work.options
    go = Go.of(work.inputs["toolchain"], cache_root(), said["environment"])
    with scratch("go") as source:
        copy_files(work.root / said["directory"], said["sources"], source)
        count = packages(go, source, [said["package"]], (), mode="readonly")
        arguments = [*said["arguments"], said["package"]]
        compile_go(go, said["name"], source, work.place, arguments, count)


KIND = Kind("go_source", "build a Go program of this project", make, online=True, by_values=True)


def go_source(
    root: Path, program: GoSource, *, toolchain: Stage, architecture: Architecture
) -> Stage:
    """The program's file, called as `program` is."""
    directory = root / program.directory
    options = {
        "name": program.name,
        "directory": program.directory,
        "package": program.package,
        "sources": file_digests(directory, lambda name: not name.endswith("_test.go")),
        "arguments": source_flags(),
        "environment": build_environment(architecture),
    }
    return stage(root, KIND, name=program.name, options=options, inputs={"toolchain": toolchain})
