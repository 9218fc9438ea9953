"""The Rust programs' own tests, and Clippy, by the compilers that images are made with.

The programs are not optimised here, so they check more of themselves, and compile sooner. Those of
an image run in its proof; tests/faults/test_shims.py has the tests for another architecture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rust_workshop
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
    BUILDER,
)
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import (
    Workshop,
    environment,
)
from rust_workshop import QUICK, WORDS, NothingTested, failing, failures, kept_workshop

ROOT = Path(__file__).resolve().parents[3]
# A workspace that needs no crates, with the features of ours.
MANIFEST = """
[package]
name = "small"
version = "0.1.0"
edition = "2024"

[features]
wasmtime = []
wasmer = []
"""
LOCK = 'version = 4\n\n[[package]]\nname = "small"\nversion = "0.1.0"\n'
TEST = "#[test]\nfn one_is_one() {\n    assert_eq!(one(), 1);\n}\n"


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    """A workshop that goes on with the crates that the last one compiled."""
    with kept_workshop(ROOT) as shop:
        yield shop


@pytest.fixture
def small(shop: Workshop, tmp_path: Path) -> Workshop:
    """A workshop with the small workspace."""
    small = Workshop(tmp_path, shop.tree, shop.crates)
    (small.source / "src").mkdir(parents=True)
    (small.source / "Cargo.toml").write_text(MANIFEST)
    (small.source / "Cargo.lock").write_text(LOCK)
    return small


def test_clippy_has_nothing_to_say(shop: Workshop) -> None:
    words = ["clippy", *WORDS, "--all-targets", "--", "--deny", "warnings"]
    result = shop.run("clippy", words, environment(ARCHITECTURES[BUILDER]) | QUICK)
    assert result.status == 0, shop.said()


def test_clippy_would_have_said_it(shop: Workshop) -> None:
    source = shop.source / "src/lib.rs"
    whole = source.read_text()
    source.write_text(f"{whole}\npub fn planted(text: &str) -> bool {{ text.len() == 0 }}\n")
    words = ["clippy", *WORDS, "--lib", "--", "--deny", "warnings"]
    result = shop.run("clippy", words, environment(ARCHITECTURES[BUILDER]) | QUICK)
    source.write_text(whole)
    assert result.status != 0 and "len_zero" in shop.said(), shop.said()


def test_the_programs_do_what_they_promise(shop: Workshop) -> None:
    words = ["test", *WORDS, "--no-fail-fast"]
    result = shop.run("tests in Rust", words, environment(ARCHITECTURES[BUILDER]) | QUICK)
    assert result.status == 0, f"{failures(result.stdout)}\n{shop.said()}"
    passed = [int(number) for number in re.findall(r"(\d+) passed", result.stdout)]
    assert sum(passed) >= 29 + 15, result.stdout  # the engines' and Krustlet's


@pytest.mark.parametrize(
    ("one", "noticed"),
    [
        ("1", "^$"),
        ("2", "^one_is_one$"),
        ("std::process::abort()", "SIGABRT"),
        ("loop {}", "exit status: 124"),
    ],
)
def test_what_fails_of_a_crate_is_named(
    small: Workshop, monkeypatch: pytest.MonkeyPatch, one: str, noticed: str
) -> None:
    monkeypatch.setattr(rust_workshop, "LONGEST", 10)
    (small.source / "src/lib.rs").write_text(f"#[cfg(test)]\nfn one() -> u8 {{ {one} }}\n{TEST}")
    assert re.search(noticed, failing(small, ("--lib",)))


@pytest.mark.parametrize(
    ("one", "why"), [("'a'", "could not compile"), ("1", "no test was run")], ids=["type", "none"]
)
def test_what_is_not_tested_is_no_failure(small: Workshop, one: str, why: str) -> None:
    (small.source / "src/lib.rs").write_text(f"#[cfg(test)]\nfn one() -> u8 {{ {one} }}\n{TEST}")
    with pytest.raises(NothingTested, match=why):
        failing(small, ("--lib", "--", "another") if one == "1" else ("--lib",))
