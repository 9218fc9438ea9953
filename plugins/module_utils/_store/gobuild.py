"""Go programs built from locked sources and kept in the store.

Fetching is allowed exactly what the locked go.sum names; the build after it has no network, no
configuration of the user's and no git. Outputs depend on nothing but the lock and the toolchain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import digest, sha256_file
from .._common.scratch import scratch, scratch_root
from .._kinds.programs import GO_MODULES
from .._lock.gocommand import PLATFORM, Go
from .._lock.gomodule import download, packages
from .._lock.modulezip import unpack
from .._lock.programs import FLAGS, LINKER, build_key, flags
from .compiling import MEND, compiling
from .content import Store
from .toolchain import identity

TIMEOUT = 90 * 60.0
# Compiling all of Kubernetes in more processes than this wants more memory than small hosts have.
PROCESSES = 2


def build(
    name: str, locked: Mapping[str, Any], goroot: Path, store: Store, cache: Path
) -> dict[str, str]:
    """The programs of the module `name`: file name -> sha256, built unless the store has them.

    `locked` is the program's part of the lock, `goroot` comes from `toolchain.ensure`.
    Raises VES-321, VES-322 and VES-324 when a locked source cannot be had or is another one, and
    VES-411 when it does not build.
    """
    key = build_key(name, locked, identity(goroot))
    if (kept := store.record(key)) is not None:
        return kept
    program, go = GO_MODULES[name], Go.of(goroot, cache)
    found = download(go, locked["module"], locked["version"], locked=True)
    with scratch("go", scratch_root(cache)) as directory:
        source = directory / name
        source.mkdir()
        unpack(found.zip, locked["sum"], source)
        (source / "go.mod").write_text(locked["go_mod"], encoding="utf-8")
        (source / "go.sum").write_text(locked["go_sum"], encoding="utf-8")
        wanted = locked["packages"]
        count = packages(go, source, wanted, program.tags, mode="readonly")
        files = _compile(go, name, source, directory, [*flags(name, locked), *wanted], count)
        outputs = {
            program.names.get(file.name, file.name): store.add_file(file, executable=True)
            for file in files
        }
    store.put_record(key, outputs)
    return outputs


def build_native(  # noqa: PLR0913 - the parts of a build are just these
    name: str,
    directory: Path,
    package: str,
    goroot: Path,
    store: Store,
    cache: Path,
) -> str:
    """The sha256 of a Go program of this project: `package` of the Go module in `directory`.

    Its go.mod and go.sum are the lock. Errors as `build`.
    """
    arguments = [*FLAGS, f"-ldflags={' '.join(LINKER)}", package]
    inputs = {
        "sources": source_digests(directory),
        "arguments": arguments,
        "platform": dict(PLATFORM),
        "toolchain": identity(goroot),
    }
    key = digest({"native": name, **inputs})
    if (kept := store.record(key)) is not None:
        return kept[name]
    go = Go.of(goroot, cache)
    count = packages(go, directory, [package], (), mode="readonly")
    with scratch("go", scratch_root(cache)) as place:
        (file,) = _compile(go, name, directory, place, arguments, count)
        outputs = {name: store.add_file(file, executable=True)}
    store.put_record(key, outputs)
    return outputs[name]


def source_digests(directory: Path) -> dict[str, str]:
    """Relative path -> sha256 of every file below `directory`, hidden ones and tests left out."""
    files = (path.relative_to(directory) for path in directory.rglob("*") if path.is_file())
    return {
        path.as_posix(): sha256_file(directory / path)
        for path in sorted(files)
        if not any(part.startswith(".") for part in path.parts)
        and not path.name.endswith("_test.go")
    }


def _compile(  # noqa: PLR0913 - the parts of a build are just these
    go: Go, name: str, source: Path, place: Path, arguments: Sequence[str], count: int
) -> list[Path]:
    """Build into a directory below `place` and return the files, sorted by name."""
    output, log, temporary = place / "bin", place / "log", place / "tmp"
    output.mkdir()
    temporary.mkdir()
    # A child of its own writes the log, so that it can be counted while the build runs.
    words = ["sh", "-c", 'log=$1; shift; exec "$@" 2>"$log"', "go-build", str(log), *go.argv]
    logged = replace(go, argv=tuple(words))
    with compiling(name, log, count, "packages"):
        result = logged.run(
            *("build", "-v", f"-p={PROCESSES}", f"-o={output}/", *arguments),
            cwd=source,
            network=False,
            what=f"building {name}",
            env={"GOTMPDIR": str(temporary)},
            timeout=TIMEOUT,
            check=False,
        )
    files = sorted(output.iterdir())
    if result.status != 0 or not files:
        lines = log.read_text(errors="replace").splitlines()[-20:]
        raise VesselError.of("VES-411", f"{name} does not build", "\n".join([MEND, *lines]))
    return files
