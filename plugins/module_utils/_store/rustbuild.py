"""Rust programs of this project, built from crates that their Cargo.lock names by digest.

Compilers come from locked Debian packages, unpacked into a tree of their own. Crates are fetched as
the host's Cargo is configured, and Cargo verifies each against Cargo.lock. The build then runs in
that tree as its root: fixed paths, no network and nothing of the host, so any host gives the same
bytes.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import atomic_directory, digest, sha256_file
from .._common.progress import report
from .._common.run import Result, run, tail
from .._common.scratch import scratch, scratch_root
from .._lock.debian import BUILDER
from .._lock.rust import KRUSTLET, SHIMS, Binary
from .compiling import MEND, compiling
from .content import Store
from .gobuild import source_digests

TIMEOUT = 90 * 60.0
CARGO_LOCK = "Cargo.lock"
# What the host's user says of crate registries; the rest of a Cargo home is the cache's own.
CONFIGURATION = ("config.toml", "config", "credentials.toml", "credentials")
# Unpacked crates by the digest of the Cargo.lock that names them: 50,000 files, which take longer
# to write and to remove than much of what is compiled of them.
CRATES = "rust/crates"
# Runs in namespaces of its own: $1 the tree, $2 a directory for source and target, $3 the crates.
SCRIPT = """
set -e
mount --make-rprivate /
for place in proc sys dev tmp build; do mkdir -p "$1/$place"; done
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmp "$1/tmp"
mount --bind "$2" "$1/build"
mkdir -p "$1/build/vendor"
mount --bind "$3" "$1/build/vendor"
mount -o remount,bind,ro "$1/build/vendor"
tree=$1
shift 3
exec chroot "$tree" "$@"
"""
ENVIRONMENT = {
    "PATH": "/usr/bin",
    "HOME": "/build",
    "CARGO_HOME": "/build/home",
    "CARGO_TARGET_DIR": "/build/target",
    "LC_ALL": "C.UTF-8",
    "SOURCE_DATE_EPOCH": "0",
    "CC": "gcc",
    "CXX": "g++",
    "RUSTFLAGS": "-Clinker=gcc",
    # tonic-build, which Krustlet's library makes its interfaces with, wants what it made formatted.
    "RUSTFMT": "/usr/bin/true",
}
# Architecture -> what Cargo calls it, and how the names of its cross compilers begin.
TARGETS = {"arm64": ("aarch64-unknown-linux-gnu", "aarch64-linux-gnu")}
ARGUMENTS = (
    *("--release", "--locked", "--offline", "--no-default-features"),
    *("--config", 'source.crates-io.replace-with="vendored"'),
    *("--config", 'source.vendored.directory="/build/vendor"'),
)


def build_key(
    binary: Binary, directory: Path, compilers: Sequence[str], architecture: str = BUILDER
) -> str:
    """The store's record key of `build_rust`: everything that the program's bytes follow from.

    `compilers` are the digests of the packages that the tree of compilers is unpacked from.
    """
    arguments, environment = cross(architecture)
    inputs = {
        "sources": {
            name: made
            for name, made in source_digests(directory).items()
            if _is_source(name, binary.package)
        },
        "arguments": [*_arguments(binary), *arguments],
        "environment": {**ENVIRONMENT, **environment},
        "compilers": list(compilers),
    }
    return digest({"rust": binary.name, **inputs})


def _is_source(name: str, package: str) -> bool:
    """Whether a binary of `package` may follow from a file of the workspace.

    What documents and tests it changes no byte, nor does the source of the other package.
    """
    others = {SHIMS: ("krustlet/src/",), KRUSTLET: ("src/",)}
    left_out = ("tests/", "README", "target/", *others.get(package, ()))
    return not name.startswith(left_out) and not name.endswith("/tests.rs")


def build_rust(  # noqa: PLR0913 - the parts of a build are just these
    binaries: Sequence[Binary],
    directory: Path,
    tree: Path,
    cargo: Sequence[str],
    store: Store,
    cache: Path,
    architecture: str = BUILDER,
) -> Iterator[str]:
    """The `binaries` of the Cargo workspace in `directory`, each with its own feature only: the
    sha256 of each when it is built. What two have in common is compiled once.

    `tree` has the compilers, which are for `architecture`, too; `cargo` is the command line that
    starts its Cargo on this host, to fetch crates. Raises VES-325 when a crate cannot be had or is
    another one, VES-411 when the program does not build.
    """
    arguments, environment = cross(architecture)
    target, _ = TARGETS.get(architecture, ("", ""))
    with workshop(directory, tree, cargo, cache) as shop:
        for binary in binaries:
            wanted = ["build", *_arguments(binary), *arguments]
            result = shop.run(binary.name, wanted, **environment)
            program = shop.place / "target" / target / "release" / binary.name
            if result.status != 0 or not program.exists():
                hint = f"{MEND}\n{shop.said()}"
                raise VesselError.of("VES-411", f"{binary.name} does not build", hint)
            yield store.add_file(program, executable=True)


@dataclass(frozen=True, slots=True)
class Workshop:
    """A copy of a Cargo package below `place`, with its crates and the tree of compilers."""

    place: Path
    tree: Path
    crates: Path

    def run(self, name: str, arguments: Sequence[str], **environment: str) -> Result:
        """Run Cargo in the tree, on the copy; `name` says in the progress what is made."""
        variables = [f"{key}={value}" for key, value in {**ENVIRONMENT, **environment}.items()]
        # The log is written outside of the chroot, so that it can be counted while Cargo runs.
        words = ["sh", "-c", 'log=$1; shift; exec "$@" 2>"$log"', "cargo-build", str(self._log)]
        words += ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--"]
        words += ["sh", "-c", SCRIPT, "rust-build", str(self.tree), str(self.place)]
        words += [str(self.crates), "env", "-i", *variables]
        words += ["sh", "-c", 'cd /build/source && exec "$@"', "cargo", "cargo"]
        count = len(tomllib.loads((self.place / "source" / CARGO_LOCK).read_text())["package"])
        with compiling(name, self._log, count, "crates"):
            return run(
                [*words, *arguments],
                timeout=TIMEOUT,
                contained=True,
                check=False,
                what=f"building {name}",
            )

    def said(self) -> str:
        """The last lines of what Cargo complained of."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    @property
    def _log(self) -> Path:
        return self.place / "log"


@contextmanager
def workshop(directory: Path, tree: Path, cargo: Sequence[str], cache: Path) -> Iterator[Workshop]:
    """A workshop for the Cargo package in `directory`, removed when the block ends.

    Raises VES-325 as `build_rust` does.
    """
    with scratch("rust", scratch_root(cache)) as place:
        shutil.copytree(directory, place / "source", ignore=shutil.ignore_patterns("target"))
        yield Workshop(place, tree, _crates(cargo, place / "source", cache))


def cross(architecture: str) -> tuple[list[str], dict[str, str]]:
    """Cargo's arguments and variables to build for `architecture`; none of them for the builder's.

    Source of the variables' names: Cargo's configuration, and the crates cc and pkg-config.
    """
    if architecture == BUILDER:
        return [], {}
    target, prefix = TARGETS[architecture]
    name = target.replace("-", "_")
    return ["--target", target], {
        # For the builder's own programs, as build scripts are: with --target they get no RUSTFLAGS.
        "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER": "gcc",
        "RUSTFLAGS": f"-Clinker={prefix}-gcc",
        f"CC_{name}": f"{prefix}-gcc",
        f"CXX_{name}": f"{prefix}-g++",
        f"AR_{name}": f"{prefix}-ar",
        "PKG_CONFIG_ALLOW_CROSS": "1",
        "PKG_CONFIG_LIBDIR": f"/usr/lib/{prefix}/pkgconfig",
    }


def _arguments(binary: Binary) -> list[str]:
    features = ["--features", binary.feature] if binary.feature else []
    return [*ARGUMENTS, "--package", binary.package, *features, "--bin", binary.name]


def _crates(cargo: Sequence[str], source: Path, cache: Path) -> Path:
    """The directory of unpacked crates that the Cargo.lock of `source` names, fetched if need be.

    Cargo compares every file with its digest again when it compiles it.
    """
    kept = cache / CRATES / sha256_file(source / CARGO_LOCK)
    if kept.exists():
        os.utime(kept)  # what is not used is pruned some day
        return kept
    home = cache / "rust/cargo"
    home.mkdir(parents=True, exist_ok=True)
    own = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for name in CONFIGURATION:
        (home / name).unlink(missing_ok=True)
        if (own / name).exists():
            (home / name).symlink_to(own / name)
    report("store: fetching crates")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with atomic_directory(kept) as place:
        result = run(
            [*cargo, "vendor", "--locked", "--versioned-dirs", "--quiet", place],
            cwd=source,
            env={"CARGO_HOME": str(home)},
            timeout=1800,
            check=False,
        )
        if result.status != 0:
            hint = f"Check the network and Cargo's config.toml, then try again.\n{tail(result)}"
            raise VesselError.of("VES-325", "the locked crates cannot be had", hint)
    return kept
