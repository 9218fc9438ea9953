"""The one Go toolchain that builds anything: the locked module golang.org/toolchain, unpacked.

Any other Go (of the tools tree, say) only fetches the module; its bytes are those of the lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import atomic_directory
from .._common.progress import report
from .._kinds.architectures import BUILDER
from .._lock.gocommand import Go
from .._lock.gomodule import TOOLCHAIN_MODULE, download, toolchain_version
from .._lock.modulezip import unpack

# What Go itself makes executable when it unpacks a toolchain (cmd/go/internal/toolchain).
_EXECUTABLE = ("bin/", "pkg/tool/")
_SUM = "vessel.sum"
# Where a toolchain lies below the cache.
GOROOT = f"go/toolchain/{{version}}-linux-{BUILDER}"


def ensure(toolchain: Mapping[str, str], bootstrap_go: Sequence[str], cache: Path) -> Path:
    """The GOROOT of the locked toolchain, fetched with the command line `bootstrap_go` if need be.

    `toolchain` is the lock's part (`version`, `sum`). Raises VES-321 when it cannot be had and
    VES-324 when it is not the locked one.
    """
    root = cache / GOROOT.format(version=toolchain["version"])
    if _sum(root) == toolchain["sum"]:
        return root
    report(f"store: fetching the Go toolchain {toolchain['version']}")
    go = Go.bootstrap(bootstrap_go, cache)
    version = toolchain_version(toolchain["version"])
    found = download(go, TOOLCHAIN_MODULE, version, locked=True)
    with atomic_directory(root) as scratch:
        unpack(found.zip, toolchain["sum"], scratch, _EXECUTABLE)
        (scratch / _SUM).write_text(toolchain["sum"], encoding="ascii")
    return root


def identity(goroot: Path) -> str:
    """The locked checksum of a toolchain that `ensure` unpacked; VES-410 for any other GOROOT."""
    if found := _sum(goroot):
        return found
    raise VesselError.of(
        "VES-410",
        f"{goroot} is not a Go toolchain that Vessel unpacked",
        "Remove that directory and build again: the toolchain is fetched anew.",
    )


def _sum(root: Path) -> str | None:
    try:
        return (root / _SUM).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
