"""A Rust program out of Debian's compilers: the real Cargo, in the tree as its root."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import RustCrate
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._lock.packages import rust_packages
from ansible_collections.vessel.image.plugins.module_utils._store import rustbuild
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools, build_tools

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


@pytest.fixture(scope="module")
def compilers(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return compiler_tree("amd64", tmp_path_factory.mktemp("compilers") / "tree")


def compiler_tree(architecture: str, tree: Path) -> Tools:
    store, mirrors = Store(cache_root() / "store"), debian.host_mirrors()
    lock = debian.resolve(
        ["base-files"],
        ["base-files"],
        architecture=architecture,
        mirrors=mirrors,
        compilers=rust_packages(DEBIAN, architecture),
    )
    fetch_debs(lock["compilers"], store, mirrors=mirrors)
    build_tools(lock["compilers"], store, tree)
    return Tools(tree)


def package(place: Path, port: int = 9, sha256: str = ITOA, program: str = PROGRAM) -> Path:
    (place / "src/bin").mkdir(parents=True)
    (place / "Cargo.toml").write_text(MANIFEST)
    (place / "Cargo.lock").write_text(LOCK.format(sha256=sha256))
    (place / "src/bin/greeter.rs").write_text(program)
    (place / "build.rs").write_text(SCRIPT.replace("PORT", str(port)))
    return place


def build(
    source: Path, compilers: Tools, cache: Path, architecture: str = "amd64"
) -> dict[str, str]:
    cargo, store = compilers.argv("cargo"), Store(cache / "store")
    greeter = RustCrate("greeter", "greeter", "itoa", "loud")
    (sha256,) = rustbuild.build_rust(
        [greeter], source, compilers.tree, cargo, store, cache, architecture
    )
    return {"greeter": sha256}


def test_a_program_is_the_same_in_another_place_and_sees_nothing_of_the_host(
    compilers: Tools, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        first = build(package(tmp_path / "one", port), compilers, tmp_path / "cache one")
        second = build(package(tmp_path / "two", port), compilers, tmp_path / "cache two")
    assert first == second
    program = Store(tmp_path / "cache one/store").need(first["greeter"], "greeter")
    assert subprocess.check_output([program]) == b"42 network false, host false\n"


def test_a_program_for_arm64_is_built_here(tmp_path: Path) -> None:
    compilers = compiler_tree("arm64", tmp_path / "tree")
    # Its build script runs here, so that is the builder's.
    built = build(package(tmp_path / "one"), compilers, tmp_path / "cache", "arm64")
    program = Store(tmp_path / "cache/store").need(built["greeter"], "greeter")
    # ELF's e_machine, in its header at 18: EM_AARCH64 is 183
    assert int.from_bytes(program.read_bytes()[18:20], "little") == 183


def test_a_crate_with_another_digest_is_refused(compilers: Tools, tmp_path: Path) -> None:
    with pytest.raises(VesselError, match=r"VES-325(?s:.*)checksum"):
        build(package(tmp_path / "one", sha256="0" * 64), compilers, tmp_path / "cache")


def test_what_the_compiler_says_is_told(compilers: Tools, tmp_path: Path) -> None:
    source = package(tmp_path / "one", program="fn main() { 1 + }")
    with pytest.raises(VesselError, match=r"VES-411(?s:.*)expected expression"):
        build(source, compilers, tmp_path / "cache")
