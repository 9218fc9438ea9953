"""The Rust programs' own tests, and Clippy, by the compilers that images are made with.

The programs are not optimised here, so they check more of themselves, and compile sooner. Those of
an image run in its proof; tests/faults/test_shims.py has the tests for another architecture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.files import sha256_file
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._common.scratch import remove
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
    BUILDER,
)
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import (
    ARGUMENTS,
    CARGO_LOCK,
    TESTS,
    Workshop,
    environment,
)
from rust_workshop import FEATURES, LIBRARY, rust_workshop

ROOT = Path(__file__).resolve().parents[3]
CLIPPY = ("rust-web-clippy",)
QUICK = {
    "CARGO_PROFILE_DEV_DEBUG": "0",
    "CARGO_INCREMENTAL": "0",
    "VESSEL_ONNXRUNTIME": LIBRARY,
}
WORDS = (
    *(word for word in ARGUMENTS if word != "--release"),
    *("--workspace", "--features", FEATURES),
)


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    """A workshop that goes on with the crates that the last one compiled."""
    with rust_workshop(ROOT, BUILDER, CLIPPY) as shop:
        crates = sha256_file(shop.source / CARGO_LOCK)
        compiled, target = cache_root() / TESTS / crates, shop.place / "target"
        compiled.parent.mkdir(parents=True, exist_ok=True)
        if compiled.exists():
            compiled.rename(target)
        # Cargo goes by times, and a file that comes back may bring an old one.
        for path in shop.source.rglob("*.rs"):
            path.touch()
        yield shop
        for old in compiled.parent.iterdir():
            remove(old)
        target.rename(compiled)


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
    said = f"{result.stdout[-3000:]}\n{shop.said()}"
    assert result.status == 0, said
    passed = [int(number) for number in re.findall(r"(\d+) passed", result.stdout)]
    assert sum(passed) >= 29 + 15, said  # the engines' and Krustlet's
