"""Go programs compiled without a network, of sources that lie there already.

The build has no configuration of the user's and no git. Its outputs depend on nothing but sources,
arguments, the variables of the Go command and the toolchain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .._common.errors import VesselError
from .._common.scratch import scratch, scratch_root
from .._lock.gocommand import Go
from .compiling import MEND, compiling

TIMEOUT = 90 * 60.0
# Compiling all of Kubernetes in more processes than this wants more memory than small hosts have.
PROCESSES = 2


def compile_go(  # noqa: PLR0913 - the parts of a build are just these
    go: Go, name: str, source: Path, place: Path, arguments: Sequence[str], count: int
) -> list[Path]:
    """Build the main module in `source` into the directory `place`; returns the files, sorted.

    `arguments` are those of `go build`, packages last; `count` is of how many packages there are to
    compile, for the progress. Raises VES-411 when it does not build.
    """
    with scratch("go", scratch_root(go.cache)) as directory:
        log, temporary = directory / "log", directory / "tmp"
        temporary.mkdir()
        # A child of its own writes the log, so that it can be counted while the build runs.
        words = ["sh", "-c", 'log=$1; shift; exec "$@" 2>"$log"', "go-build", str(log), *go.argv]
        logged = replace(go, argv=tuple(words))
        with compiling(name, log, count, "packages"):
            result = logged.run(
                *("build", "-v", f"-p={PROCESSES}", f"-o={place}/", *arguments),
                cwd=source,
                network=False,
                what=f"building {name}",
                env={"GOTMPDIR": str(temporary)},
                timeout=TIMEOUT,
                check=False,
            )
        files = sorted(place.iterdir())
        if result.status != 0 or not files:
            lines = log.read_text(errors="replace").splitlines()[-20:]
            raise VesselError.of("VES-411", f"{name} does not build", "\n".join([MEND, *lines]))
    for file in files:
        file.chmod(0o755)
    return files
