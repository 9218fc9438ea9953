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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import atomic_directory, digest, sha256_file
from .._common.progress import report
from .._common.run import Result, run, tail
from .._common.scratch import scratch, scratch_root
from .._kinds.architectures import ARCHITECTURES, BUILDER
from .._kinds.program import RustCrate
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
ARGUMENTS = (
    *("--release", "--locked", "--offline", "--no-default-features"),
    *("--config", 'source.crates-io.replace-with="vendored"'),
    *("--config", 'source.vendored.directory="/build/vendor"'),
)


def build_key(
    crate: RustCrate, directory: Path, compilers: Sequence[str], architecture: str = BUILDER
) -> str:
    """The store's record key of `build_rust`: everything that the program's bytes follow from.

    `compilers` are the digests of the packages that the tree of compilers is unpacked from.
    """
    places = workspace(directory)
    arguments, environment = cross(architecture)
    inputs = {
        "sources": {
            name: made
            for name, made in source_digests(directory).items()
            if is_source(name, crate.package, places)
        },
        "arguments": [*_arguments(crate), *arguments],
        "environment": {**ENVIRONMENT, **environment},
        "compilers": list(compilers),
    }
    return digest({"rust": crate.binary, **inputs})


def is_source(name: str, package: str, packages: Mapping[str, str]) -> bool:
    """Whether a binary of `package` may follow from the file `name` of the workspace.

    `packages` are those of the workspace, and where their sources lie. What documents and tests
    changes no byte, nor does the source of another package.
    """
    others = tuple(f"{place}src/" for each, place in packages.items() if each != package)
    left_out = ("tests/", "README", "target/", "rustfmt.toml", "rust-toolchain.toml", *others)
    return not name.startswith(left_out) and not name.endswith("/tests.rs")


def workspace(directory: Path) -> dict[str, str]:
    """Package -> where it lies below the Cargo workspace in `directory`, which is one itself."""
    found = {}
    root = tomllib.loads((directory / "Cargo.toml").read_text(encoding="utf-8"))
    for member in ("", *root.get("workspace", {}).get("members", ())):
        place = f"{member}/" if member not in ("", ".") else ""
        manifest = tomllib.loads((directory / place / "Cargo.toml").read_text(encoding="utf-8"))
        found[manifest["package"]["name"]] = place
    return found


def build_rust(  # noqa: PLR0913 - the parts of a build are just these
    crates: Sequence[RustCrate],
    directory: Path,
    tree: Path,
    cargo: Sequence[str],
    store: Store,
    cache: Path,
    architecture: str = BUILDER,
) -> Iterator[str]:
    """The binaries of `crates`, of the Cargo workspace in `directory`, each with its own feature
    only: the sha256 of each when it is built. What two have in common is compiled once.

    `tree` has the compilers, which are for `architecture`, too; `cargo` is the command line that
    starts its Cargo on this host, to fetch crates. Raises VES-325 when a crate cannot be had or is
    another one, VES-411 when the program does not build.
    """
    arguments, environment = cross(architecture)
    target = "" if architecture == BUILDER else ARCHITECTURES[architecture].rust_target
    with workshop(directory, tree, cargo, cache) as shop:
        for crate in crates:
            wanted = ["build", *_arguments(crate), *arguments]
            result = shop.run(crate.binary, wanted, **environment)
            program = shop.place / "target" / target / "release" / crate.binary
            if result.status != 0 or not program.exists():
                hint = f"{MEND}\n{shop.said()}"
                raise VesselError.of("VES-411", f"{crate.binary} does not build", hint)
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
    target, prefix = ARCHITECTURES[architecture].rust_target, ARCHITECTURES[architecture].triplet
    name = target.replace("-", "_")
    builder = ARCHITECTURES[BUILDER].rust_target.replace("-", "_").upper()
    return ["--target", target], {
        # For the builder's own programs, as build scripts are: with --target they get no RUSTFLAGS.
        f"CARGO_TARGET_{builder}_LINKER": "gcc",
        "RUSTFLAGS": f"-Clinker={prefix}-gcc",
        f"CC_{name}": f"{prefix}-gcc",
        f"CXX_{name}": f"{prefix}-g++",
        f"AR_{name}": f"{prefix}-ar",
        "PKG_CONFIG_ALLOW_CROSS": "1",
        "PKG_CONFIG_LIBDIR": f"/usr/lib/{prefix}/pkgconfig",
    }


def _arguments(crate: RustCrate) -> list[str]:
    features = ["--features", crate.feature] if crate.feature else []
    return [*ARGUMENTS, "--package", crate.package, *features, "--bin", crate.binary]


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
