"""The one way Vessel starts the Go command: private caches, a fixed platform, two modes.

*Network* mode is for finding and fetching modules: how the host reaches them (GOPROXY, GOSUMDB,
GOPRIVATE, GOAUTH, proxies, `go env -w`) stays the user's. *Build* mode shapes bytes: no network and
nothing of the user's Go configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .._common.run import Result, run
from .._kinds.architecture import Architecture

# An empty GOFLAGS would fall back to the user's own; this one only lets users delete their cache.
_FLAGS = "-modcacherw"
# What shapes bytes beside the arguments, whatever the processor. Without cgo programs are static.
_BUILD: Mapping[str, str] = {
    "GOOS": "linux",
    "CGO_ENABLED": "0",
    "GODEBUG": "",
    "GOEXPERIMENT": "",
    "GOFIPS140": "off",
}
_OFFLINE: Mapping[str, str] = {"GOENV": "off", "GOPROXY": "off", "GOCACHEPROG": ""}


def build_environment(architecture: Architecture) -> dict[str, str]:
    """The variables that shape the bytes of a program for `architecture`."""
    return {**_BUILD, **architecture.go}


@dataclass(frozen=True, slots=True)
class Go:
    """A Go command, the cache directory that it works on, and the variables of what it builds."""

    argv: tuple[str, ...]
    root: Path
    cache: Path
    building: Mapping[str, str]

    @classmethod
    def of(cls, goroot: Path, cache: Path, building: Mapping[str, str]) -> Go:
        """The Go command of an unpacked toolchain."""
        return cls((str(goroot / "bin/go"),), goroot, cache, building)

    @classmethod
    def bootstrap(cls, argv: Sequence[str], cache: Path) -> Go:
        """A Go command behind a prefix such as a dynamic loader; its last word is `<root>/bin/go`.

        The command cannot find its own root behind a loader, so the root is read off that word.
        """
        return cls(tuple(argv), Path(argv[-1]).parent.parent, cache, {})

    def environment(self, *, network: bool) -> dict[str, str]:
        """What is set on top of the host's environment."""
        building = dict(self.building)
        if network:
            building.pop("GODEBUG", None)  # it may say how the user's host resolves names
        return {
            **building,
            "GOROOT": str(self.root),
            "GOPATH": str(self.cache / "go/path"),
            "GOMODCACHE": str(self.cache / "go/mod"),
            "GOCACHE": str(self.cache / "go/build"),
            "GOFLAGS": _FLAGS,
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GO111MODULE": "on",
            **({} if network else _OFFLINE),
        }

    def run(  # noqa: PLR0913 - each is a distinct property of one child process
        self,
        *words: str,
        cwd: Path,
        network: bool,
        what: str,
        env: Mapping[str, str] | None = None,
        timeout: float = 1800,
        check: bool = True,
    ) -> Result:
        """Run `go words...` in `cwd`; raises as `_common.run` does."""
        for used in (self.cache / "go/mod", self.cache / "go/build"):
            if used.exists():
                os.utime(used)  # what is not used is pruned some day
        return run(
            [*self.argv, *words],
            cwd=cwd,
            env={**self.environment(network=network), **(env or {})},
            timeout=timeout,
            check=check,
            contained=True,  # a build has many compilers
            what=what,
        )
