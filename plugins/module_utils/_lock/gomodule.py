"""Go modules by name and version -> checksums, and the complete go.mod and go.sum to build with."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.progress import report
from .._common.run import tail
from .._common.scratch import scratch, scratch_root
from .._kinds.architectures import BUILDER
from .._kinds.program import GoModule
from .gocommand import Go
from .modulezip import unpack
from .programs import TOOLCHAIN, parts

TOOLCHAIN_MODULE = "golang.org/toolchain"
# A server answered, and the answer was no. Everything else (time-out, refused connection, 5xx) says
# nothing about the version.
_REFUSED = re.compile(
    r"\b(403 Forbidden|404 Not Found|410 Gone)\b|unknown revision|no matching versions|"
    r"invalid version"
)
_UNREACHED = re.compile(
    r"dial tcp|i/o timeout|TLS handshake|connection re(set|fused)|proxyconnect|\b50\d [A-Z]"
)
_RELEASE = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_SHOWN = 8
CHECK = "Check the network, GOPROXY and GOSUMDB, then try again."
DISTRUST = "Take no bytes that differ from those of GOSUMDB. Where they agree: -e update=true."


@dataclass(frozen=True, slots=True)
class Module:
    """A module version that was downloaded: `sum` is its `h1:` checksum, `time` its UTC date."""

    module: str
    version: str
    sum: str
    time: str
    zip: Path
    directory: Path


def toolchain(bootstrap_go: Sequence[str], cache: Path) -> dict[str, str]:
    """The lock's `toolchain` part; the Go checksum database vouches for its checksum.

    `bootstrap_go` is the command line of any Go >= 1.21, its last word `<GOROOT>/bin/go`.
    Raises VES-320 to VES-322.
    """
    go = Go.bootstrap(bootstrap_go, cache)
    found = download(go, TOOLCHAIN_MODULE, toolchain_version(TOOLCHAIN))
    return {"version": TOOLCHAIN, "sum": found.sum}


def toolchain_version(version: str) -> str:
    """`go1.26.8` -> the version of the toolchain module for this platform."""
    return f"v0.0.1-{version}.linux-{BUILDER}"


def resolve(program: GoModule, version: str, go: Go) -> dict[str, Any]:
    """The lock part of `program` at `version` (with or without the `v`), by the locked `go`.

    Raises VES-320 when there is no such version, VES-321 when nobody answered, VES-322 when a
    checksum or the module graph is wrong.
    """
    report(f"lock: {program.name} {version}")
    found = download(go, program.module, parts(version)["version"])
    with scratch("go", scratch_root(go.cache)) as directory:
        unpack(found.zip, found.sum, directory)
        _release_replacements(go, directory, program, found.version)
        packages(go, directory, program.packages, program.tags, mode="mod")
        return {
            "module": found.module,
            "version": found.version,
            "sum": found.sum,
            "time": found.time,
            "packages": list(program.packages),
            # Blanks mean the same to Go, and let the lock show lines instead of one long string.
            "go_mod": (directory / "go.mod").read_text(encoding="utf-8").expandtabs(4),
            "go_sum": (directory / "go.sum").read_text(encoding="utf-8"),
        }


def module_directory(program: GoModule, version: str, go: Go) -> Path:
    """The unpacked sources of a program's module, read-only; errors as `resolve`."""
    return download(go, program.module, parts(version)["version"]).directory


def download(go: Go, module: str, version: str, *, locked: bool = False) -> Module:
    """Fetch one module version. Go checks it with the checksum database, unless it is `locked`:
    then the caller checks it against the lock, which needs no second server.

    Raises VES-320 to VES-322 as `resolve`.
    """
    with scratch("go", scratch_root(go.cache)) as directory:
        result = go.run(
            *("mod", "download", "-json", f"{module}@{version}"),
            cwd=directory,
            network=True,
            what=f"fetching the Go module {module} {version}",
            env={"GONOSUMDB": module} if locked else None,
            check=False,
        )
        try:
            answer = json.loads(result.stdout)
        except ValueError:
            answer = {"Error": tail(result)}
        if error := answer.get("Error"):
            raise _explained(go, module, version, error, directory)
    info = json.loads(Path(answer["Info"]).read_text(encoding="utf-8"))
    paths = Path(answer["Zip"]), Path(answer["Dir"])
    return Module(module, answer["Version"], answer["Sum"], info.get("Time", ""), *paths)


def packages(
    go: Go, directory: Path, wanted: Sequence[str], tags: Sequence[str], *, mode: str
) -> int:
    """Fetch every module that the packages `wanted` of the main module in `directory` need.

    `mode` is `mod`, to complete go.mod and go.sum, or `readonly`, to accept only what go.sum holds.
    Returns the number of packages. Raises VES-321 or VES-322.
    """
    words = ("list", f"-mod={mode}", f"-tags={','.join(tags)}", "-deps", *wanted)
    result = go.run(*words, cwd=directory, network=True, what="fetching Go modules", check=False)
    if result.status == 0:
        return len(result.stdout.splitlines())
    code = "VES-321" if _is_network(result.stderr) else "VES-322"
    hint = CHECK if code == "VES-321" else DISTRUST
    what = f"the Go modules of {directory.name} cannot be had"
    raise VesselError.of(code, what, f"{hint}\n{tail(result)}")


def _release_replacements(go: Go, directory: Path, program: GoModule, version: str) -> None:
    """Replace replacements by directories of upstream's repository by released modules."""

    def edit(*words: str) -> str:
        what = "editing go.mod"
        return go.run("mod", "edit", *words, cwd=directory, network=False, what=what).stdout

    replaced = json.loads(edit("-json")).get("Replace") or []
    changes = []
    for old, new in ((entry["Old"]["Path"], entry["New"]) for entry in replaced):
        if "Version" in new or not new["Path"].startswith("."):
            continue
        if program.siblings:
            changes.append(f"-replace={old}={old}@{program.siblings.format(**parts(version))}")
        else:
            changes.append(f"-dropreplace={old}")
    if changes:
        edit(*changes)


def _explained(go: Go, module: str, version: str, error: str, directory: Path) -> VesselError:
    if "checksum mismatch" in error or "SECURITY ERROR" in error:
        what = f"{module} {version} has the wrong checksum"
        return VesselError.of("VES-322", what, f"{DISTRUST}\n{error}")
    listed = _REFUSED.search(error) and _listed(go, module, directory)
    if not listed or version in listed:
        return VesselError.of("VES-321", f"{module} {version} cannot be had", f"{CHECK}\n{error}")
    near = ", ".join(nearest(version, listed))
    return VesselError.of(
        "VES-320", f"there is no {module} {version}", f"Ask for one of these: {near}."
    )


def _listed(go: Go, module: str, directory: Path) -> list[str]:
    """The versions that the module's origin lists; empty when it does not answer."""
    words = ("list", "-m", "-versions", "-json", module)
    what = f"listing versions of {module}"
    result = go.run(*words, cwd=directory, network=True, what=what, check=False)
    return list(json.loads(result.stdout).get("Versions") or []) if result.status == 0 else []


def nearest(version: str, listed: Sequence[str]) -> list[str]:
    """Of the listed releases those of the same minor version, else the newest; in order."""
    releases = [found for text in listed if (found := _RELEASE.fullmatch(text))]
    releases.sort(key=lambda found: tuple(map(int, found.groups())))
    same = [r[0] for r in releases if r[0].rpartition(".")[0] == version.rpartition(".")[0]]
    return (same or [release[0] for release in releases])[-_SHOWN:]


def _is_network(text: str) -> bool:
    return _UNREACHED.search(text) is not None
