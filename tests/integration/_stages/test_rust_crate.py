"""A Rust program out of Debian's compilers: the real Cargo, in the tree as its root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._flow.making import (
    make,
    make_together,
    the_store,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
    BUILDER,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import RustCrate
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Package
from ansible_collections.vessel.image.plugins.module_utils._lock.packages import rust_packages
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import DIRECTORY
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Stage
from ansible_collections.vessel.image.plugins.module_utils._stages.rust_crate import rust_crate
from ansible_collections.vessel.image.plugins.module_utils._stages.tools import tools
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")

MANIFEST = """
[package]
name = "greeter"
version = "0.1.0"
edition = "2024"
[features]
loud = []
[dependencies]
itoa = "=1.0.15"
"""
LOCK = """
version = 4
[[package]]
name = "greeter"
version = "0.1.0"
dependencies = ["itoa"]
[[package]]
name = "itoa"
version = "1.0.15"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "{sha256}"
"""
ITOA = "4a5f13b858c8d314ee3e8f639011f7ccefe71f97f96e50151fb991f267928e2c"
PROGRAM = """
fn main() {
    println!("{} {}", itoa::Buffer::new().format(42), env!("FOUND"));
}
"""
# A build script sees what the build sees: here, whether it reaches this host's loopback.
SCRIPT = """
fn main() {
    let reached = std::net::TcpStream::connect("127.0.0.1:PORT").is_ok();
    let host = std::path::Path::new("/etc/hostname").exists();
    println!("cargo::rustc-env=FOUND=network {reached}, host {host}");
}
"""
ROOT = Path(__file__).resolve().parents[3]
GREETER = RustCrate("greeter", "greeter", "itoa", "loud")
QUIET = RustCrate("greeter", "quiet", "itoa")


@dataclass(frozen=True)
class Compilers:
    """A stage whose result is in this file's cache, and the packages that it is made of."""

    stage: Stage
    packages: Sequence[Package]


@pytest.fixture(autouse=True, scope="module")
def in_it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The cache of this file's tests: no crate fetched, nothing compiled."""
    place = tmp_path_factory.mktemp("cache")
    (place / "store").symlink_to(cache_root() / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VESSEL_CACHE", str(place))
        yield
    shutil.rmtree(place)  # compilers are large


@pytest.fixture(scope="module")
def compilers(in_it: None) -> Compilers:
    return compiler_tree(BUILDER)


def compiler_tree(architecture: str) -> Compilers:
    mirrors = debian.host_mirrors()
    lock = debian.resolve(
        ["base-files"],
        ["base-files"],
        architecture=architecture,
        mirrors=mirrors,
        compilers=rust_packages(DEBIAN, architecture),
    )
    stage = tools(ROOT, lock["compilers"], name="compilers")
    fetch_debs(stage.blobs.values(), the_store(), mirrors=mirrors)
    make(ROOT, stage)
    return Compilers(stage, lock["compilers"])


def package(place: Path, port: int = 9, sha256: str = ITOA, program: str = PROGRAM) -> Path:
    """A collection with a Cargo workspace of one package."""
    crate = place / DIRECTORY
    (crate / "src/bin").mkdir(parents=True)
    (crate / "Cargo.toml").write_text(MANIFEST)
    (crate / "Cargo.lock").write_text(LOCK.format(sha256=sha256))
    (crate / "src/bin/greeter.rs").write_text(program)
    (crate / "build.rs").write_text(SCRIPT.replace("PORT", str(port)))
    return place


def stage_of(
    collection: Path,
    compilers: Compilers,
    *,
    crate: RustCrate = GREETER,
    architecture: str = BUILDER,
) -> Stage:
    processor = ARCHITECTURES[architecture]
    tree = compilers.stage
    return rust_crate(collection, crate, compilers.packages, compilers=tree, architecture=processor)


def build(collection: Path, compilers: Compilers, architecture: str = BUILDER) -> Path:
    """The program, built unless it is kept."""
    stage = stage_of(collection, compilers, architecture=architecture)
    if not kept.is_kept(stage.id):
        make(collection, stage)
    (program,) = kept.place(stage.id).iterdir()
    assert program.name == "greeter" and program.stat().st_mode & 0o777 == 0o755
    return program


def test_a_program_is_the_same_in_another_place_and_sees_nothing_of_the_host(
    compilers: Compilers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = kept.place(compilers.stage.id)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        first = build(package(tmp_path / "one", port), compilers)
        monkeypatch.setenv("VESSEL_CACHE", str(tmp_path / "cache two"))
        kept.place(compilers.stage.id).parent.mkdir(parents=True)
        kept.place(compilers.stage.id).symlink_to(tree)
        second = build(package(tmp_path / "two", port), compilers)
    assert first != second
    assert first.read_bytes() == second.read_bytes()
    assert subprocess.check_output([second]) == b"42 network false, host false\n"


def test_what_is_built_together_is_kept_as_soon_as_it_is_whole(
    compilers: Compilers, tmp_path: Path
) -> None:
    collection = package(tmp_path / "one", program="fn main() { 1 + }")
    (collection / DIRECTORY / "src/bin/quiet.rs").write_text('fn main() { println!("quiet") }')
    quiet = stage_of(collection, compilers, crate=QUIET)
    broken = stage_of(collection, compilers)
    with pytest.raises(VesselError, match="VES-411: greeter does not build"):
        make_together(collection, [quiet, broken])
    assert kept.is_kept(quiet.id) and not kept.is_kept(broken.id)
    assert subprocess.check_output([kept.place(quiet.id) / "quiet"]) == b"quiet\n"
    assert not kept.place(broken.id).exists()


def test_a_program_for_arm64_is_built_here(tmp_path: Path) -> None:
    # Its build script runs here, so that is the builder's.
    program = build(package(tmp_path / "one"), compiler_tree("arm64"), "arm64")
    # ELF's e_machine, in its header at 18: EM_AARCH64 is 183
    assert int.from_bytes(program.read_bytes()[18:20], "little") == 183


def test_a_crate_with_another_digest_is_refused(compilers: Compilers, tmp_path: Path) -> None:
    with pytest.raises(VesselError, match=r"VES-325(?s:.*)checksum"):
        build(package(tmp_path / "one", sha256="0" * 64), compilers)


def test_what_the_compiler_says_is_told(compilers: Compilers, tmp_path: Path) -> None:
    collection = package(tmp_path / "one", program="fn main() { 1 + }")
    with pytest.raises(VesselError, match=r"VES-411(?s:.*)expected expression"):
        build(collection, compilers)


def test_a_source_that_was_edited_meanwhile_is_not_built(
    compilers: Compilers, tmp_path: Path
) -> None:
    collection = package(tmp_path / "one")
    stage = stage_of(collection, compilers)
    (collection / DIRECTORY / "src/bin/greeter.rs").write_text("fn main() {}")
    with pytest.raises(VesselError, match=r"VES-402: src/bin/greeter\.rs was edited"):
        make(collection, stage)
    assert not kept.place(stage.id).exists()
