"""What tests of native/rust compile with: the compilers that images are made with, and Cargo."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.files import sha256_file
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._common.scratch import remove
from ansible_collections.vessel.image.plugins.module_utils._common.turn import turn
from ansible_collections.vessel.image.plugins.module_utils._flow.online import ensure
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
    BUILDER,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._lock.packages import rust_packages
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import DIRECTORY
from ansible_collections.vessel.image.plugins.module_utils._stages.tools import tools
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import (
    ARGUMENTS,
    CARGO_LOCK,
    TESTS,
    Workshop,
    environment,
    workshop,
    workspace,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

LIBRARY = "libonnxruntime.so.1.21"  # named, so that its test cannot go without it
FEATURES = ",".join(each.shim.feature for each in ENGINES.values() if each.shim)
CLIPPY = ("rust-web-clippy",)
QUICK = {
    "CARGO_PROFILE_DEV_DEBUG": "0",
    "CARGO_INCREMENTAL": "0",
    "VESSEL_ONNXRUNTIME": LIBRARY,
}
# All members at once: what one of them asks of a crate is less, and it would be compiled anew.
WORDS = (
    *(word for word in ARGUMENTS if word != "--release"),
    *("--workspace", "--features", FEATURES),
)
LONGEST = 1200  # seconds of one test program, on a machine that does something else besides


@contextmanager
def rust_workshop(root: Path, architecture: str, more: Sequence[str] = ()) -> Iterator[Workshop]:
    """A workshop with the sources of the clone `root`, for programs of `architecture`; its tree has
    ONNX Runtime, which a test needs, and the packages `more`."""
    own = [f"{name}:{architecture}" for name in ENGINES["wasmtime"].packages]
    packages = (*rust_packages(DEBIAN, architecture), *own, *more)
    lock = debian.resolve(
        ["base-files"], ["base-files"], architecture=architecture, compilers=packages
    )
    with turn("store", "the tests of native/rust"):
        compilers = Tools(ensure(root, tools(root, lock["compilers"], name="compilers")))
    source, cargo = root / DIRECTORY, compilers.argv("cargo")
    with (
        turn("rust", "the tests of native/rust"),
        workshop(source, compilers.tree, cargo, cache_root()) as shop,
    ):
        yield shop


@contextmanager
def kept_workshop(root: Path) -> Iterator[Workshop]:
    """A workshop for programs of this machine, with Clippy. It goes on with the crates that the
    last one compiled."""
    with rust_workshop(root, BUILDER, CLIPPY) as shop:
        crates = sha256_file(shop.source / CARGO_LOCK)
        compiled, target = cache_root() / TESTS / crates, shop.place / "target"
        compiled.parent.mkdir(parents=True, exist_ok=True)
        if compiled.exists():
            compiled.rename(target)
        # Cargo goes by times, and a file that comes back may bring an old one.
        for path in shop.source.rglob("*.rs"):
            path.touch()
        try:
            yield shop
        finally:
            if target.exists():
                for old in compiled.parent.iterdir():
                    remove(old)
                target.rename(compiled)


class NothingTested(Exception):
    """The sources do not compile, or have no such tests."""


def failing(shop: Workshop, targets: Sequence[str]) -> str:
    """The first test that fails of `targets`, words of `cargo test`; empty when none does.

    The members of the workspace are compiled incrementally. Raises `NothingTested`.
    """
    triple = ARCHITECTURES[BUILDER].rust_target.replace("-", "_").upper()
    variables = environment(ARCHITECTURES[BUILDER]) | QUICK | {"CARGO_INCREMENTAL": "1"}
    # Compiling has a limit of its own, and is no failure of a test when it takes too long.
    variables[f"CARGO_TARGET_{triple}_RUNNER"] = f"timeout --kill-after=10 {LONGEST}"
    variables |= {name: os.environ[name] for name in ("CARGO_BUILD_JOBS",) if name in os.environ}
    words = [*WORDS, *targets]
    if shop.run("tests in Rust", ["test", "--no-run", *words], variables).status != 0:
        raise NothingTested(shop.said())
    result = shop.run("tests in Rust", ["test", *words], variables)
    if result.status != 0:
        failed = re.search(r"^test (.+) \.\.\. FAILED$", result.stdout, re.MULTILINE)
        ended = re.search(r"\((exit status: \d+|signal: [^)]+)\)", shop.said())
        told = failed or ended
        return told[1] if told else "it failed"
    if not re.search(r"\b[1-9]\d* passed", result.stdout):
        raise NothingTested(f"no test was run: {' '.join(targets)}")
    return ""


def failures(said: str) -> str:
    """What `cargo test` printed of each test that failed, or all when that is not there."""
    return (
        "".join(re.findall(r"^failures:\n\n(----.*?)^failures:$", said, re.DOTALL | re.M)) or said
    )


def forget_members(shop: Workshop) -> None:
    """Remove what was compiled of the workspace's own packages: it is in nobody's way when they are
    compiled otherwise."""
    members = [f"--package={name}" for name in workspace(shop.source)]
    own = [word for word in ARGUMENTS if word not in ("--release", "--no-default-features")]
    shop.run("tests in Rust", ["clean", *own, *members], environment(ARCHITECTURES[BUILDER]))
