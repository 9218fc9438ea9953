"""What tests of native/rust compile with: the compilers that images are made with, and Cargo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._common.turn import turn
from ansible_collections.vessel.image.plugins.module_utils._flow.online import ensure
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._lock.packages import rust_packages
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import DIRECTORY
from ansible_collections.vessel.image.plugins.module_utils._stages.tools import tools
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import (
    Workshop,
    workshop,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

LIBRARY = "libonnxruntime.so.1.21"  # named, so that its test cannot go without it
FEATURES = ",".join(each.shim.feature for each in ENGINES.values() if each.shim)


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
