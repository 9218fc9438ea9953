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
from .._common.files import atomic_directory, sha256_file
from .._common.owned import make_directory
from .._common.progress import report
from .._common.run import Result, run, tail
from .._common.scratch import scratch, scratch_root
from .._kinds.architecture import Architecture
from .._kinds.architectures import ARCHITECTURES, BUILDER
from .._kinds.program import RustCrate
from .compiling import MEND, compiling

TIMEOUT = 90 * 60.0
CARGO_LOCK = "Cargo.lock"
# What the host's user says of crate registries; the rest of a Cargo home is the cache's own.
CONFIGURATION = ("config.toml", "config", "credentials.toml", "credentials")
# Unpacked crates by the digest of the Cargo.lock that names them: 50,000 files, which take longer
# to write and to remove than much of what is compiled of them.
CRATES = "rust/crates"
# What the tests of native/rust compiled, by the digest of the same file.
TESTS = "rust/tests"
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


def arguments(crate: RustCrate, architecture: Architecture) -> list[str]:
    """Those of `cargo build` that shape the bytes of the binary."""
    features = ["--features", crate.feature] if crate.feature else []
    target = [] if architecture.name == BUILDER else ["--target", architecture.rust_target]
    return [*ARGUMENTS, "--package", crate.package, *features, "--bin", crate.binary, *target]


def environment(architecture: Architecture) -> dict[str, str]:
    """The variables that Cargo has, and nothing besides, to build for `architecture`.

    Source of the variables' names: Cargo's configuration, and the crates cc and pkg-config.
    """
    if architecture.name == BUILDER:
        return dict(ENVIRONMENT)
    name = architecture.rust_target.replace("-", "_")
    prefix = architecture.triplet
    linker = ARCHITECTURES[BUILDER].rust_target.replace("-", "_").upper()
    return {
        **ENVIRONMENT,
        # For the builder's own programs, as build scripts are: with --target they get no RUSTFLAGS.
        f"CARGO_TARGET_{linker}_LINKER": "gcc",
        "RUSTFLAGS": f"-Clinker={prefix}-gcc",
        f"CC_{name}": f"{prefix}-gcc",
        f"CXX_{name}": f"{prefix}-g++",
        f"AR_{name}": f"{prefix}-ar",
        "PKG_CONFIG_ALLOW_CROSS": "1",
        "PKG_CONFIG_LIBDIR": f"/usr/lib/{prefix}/pkgconfig",
    }


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


@dataclass(frozen=True, slots=True)
class Workshop:
    """A copy of a Cargo package below `place`, with its crates and the tree of compilers."""

    place: Path
    tree: Path
    crates: Path

    def build(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Path:
        """The binary `name`, built with these arguments; VES-411 when it does not build."""
        result = self.run(name, ["build", *arguments], environment)
        target = arguments[arguments.index("--target") + 1] if "--target" in arguments else ""
        program = self.place / "target" / target / "release" / name
        if result.status != 0 or not program.exists():
            hint = f"{MEND}\n{self.said()}"
            raise VesselError.of("VES-411", f"{name} does not build", hint)
        return program

    def run(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Result:
        """Run Cargo in the tree, on the copy; `name` says in the progress what is made."""
        variables = [f"{key}={value}" for key, value in environment.items()]
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
    def source(self) -> Path:
        """The copy of the sources."""
        return self.place / "source"

    @property
    def _log(self) -> Path:
        return self.place / "log"


@contextmanager
def workshop(source: Path, tree: Path, cargo: Sequence[str], cache: Path) -> Iterator[Workshop]:
    """A workshop for the Cargo workspace in `source`, of which it works on a copy; removed when the
    block ends.

    `tree` has the compilers; `cargo` is the command line that starts its Cargo on this host, to
    fetch crates. Raises VES-325 when a crate cannot be had or is another one.
    """
    with scratch("rust", scratch_root(cache)) as place:
        shutil.copytree(source, place / "source", ignore=shutil.ignore_patterns("target", ".*"))
        yield Workshop(place, tree, _crates(cargo, place / "source", cache))


def _crates(cargo: Sequence[str], source: Path, cache: Path) -> Path:
    """The directory of unpacked crates that the Cargo.lock of `source` names, fetched if need be.

    Cargo compares every file with its digest again when it compiles it.
    """
    kept = cache / CRATES / sha256_file(source / CARGO_LOCK)
    if kept.exists():
        os.utime(kept)  # what is not used is pruned some day
        return kept
    home = cache / "rust/cargo"
    make_directory(home)
    own = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for name in CONFIGURATION:
        (home / name).unlink(missing_ok=True)
        if (own / name).exists():
            (home / name).symlink_to(own / name)
    report("store: fetching crates")
    make_directory(kept.parent)
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
