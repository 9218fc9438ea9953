"""The one Go toolchain that builds anything: the locked module golang.org/toolchain, unpacked.

Any other Go (of the tools tree, say) only fetches the module; its bytes are those of the lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .._common.progress import report
from .._lock.gocommand import Go
from .._lock.gomodule import TOOLCHAIN_MODULE, download, toolchain_version
from .._lock.modulezip import unpack

# What Go itself makes executable when it unpacks a toolchain (cmd/go/internal/toolchain).
_EXECUTABLE = ("bin/", "pkg/tool/")


def unpack_toolchain(
    toolchain: Mapping[str, str], bootstrap_go: Sequence[str], cache: Path, place: Path
) -> None:
    """Fetch the locked toolchain with the command line `bootstrap_go`; `place` becomes its GOROOT.

    `toolchain` has `version` and `sum`. Raises VES-321 when it cannot be had and VES-324 when it is
    not the locked one.
    """
    report(f"toolchain: fetching {toolchain['version']}")
    go = Go.bootstrap(bootstrap_go, cache)
    version = toolchain_version(toolchain["version"])
    found = download(go, TOOLCHAIN_MODULE, version, locked=True)
    unpack(found.zip, toolchain["sum"], place, _EXECUTABLE)
