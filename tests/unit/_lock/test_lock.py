"""A lock's parts by name, of one that has them all and of one that has none."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock

NODE = [{"name": "a", "version": "1"}]
SHIM = {"engine": "wasmer", "url": "https://releases.example/shim", "sha256": "1" * 64, "size": 5}
TOOL = {"path": "/usr/local/bin/tool", "url": "https://releases.example/tool", "size": 6}
SOURCES = {"motd": [{"path": "", "sha256": "2" * 64, "size": 7, "executable": False}]}
WHOLE: dict[str, Any] = {
    "for": {"containerd": "2.4.2", "sources": SOURCES},
    "architecture": "arm64",
    "source_date_epoch": 1763900000,
    "kubernetes": {"version": "1.36.3", "etcd": "3.6.8-0"},
    "debian": {"release": "trixie", "node": NODE, "tools": [], "compilers": NODE},
    "go": {
        "toolchain": {"version": "go1.26.8", "sum": "h1:a"},
        "programs": {"etcd": {"version": "v3.6.8"}},
    },
    "rust": {"cargo_lock": "3" * 64, "versions": {"wasmtime": "48.0.8"}},
    "executables": [TOOL],
    "shims": [SHIM],
}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("wanted", WHOLE["for"]),
        ("architecture", "arm64"),
        ("source_date_epoch", 1763900000),
        ("kubernetes", WHOLE["kubernetes"]),
        ("release", "trixie"),
        ("toolchain", {"version": "go1.26.8", "sum": "h1:a"}),
        ("go_modules", {"etcd": {"version": "v3.6.8"}}),
        ("rust", {"wasmtime": "48.0.8"}),
        ("executables", [TOOL]),
        ("releases", {"wasmer": SHIM}),
        ("sources", SOURCES),
    ],
)
def test_the_parts_of_a_lock(part: str, expected: object) -> None:
    assert getattr(Lock(WHOLE), part) == expected


@pytest.mark.parametrize(
    "part",
    [
        *("wanted", "architecture", "kubernetes", "toolchain", "go_modules", "rust"),
        *("executables", "releases", "sources"),
    ],
)
def test_an_empty_lock_has_nothing(part: str) -> None:
    assert not getattr(Lock({}), part)


def test_packages_by_group() -> None:
    lock = Lock(WHOLE)
    assert [lock.packages(group) for group in ("node", "tools", "compilers")] == [NODE, [], NODE]
    assert list(Lock({}).packages("node")) == []
    assert list(Lock({"debian": {"node": NODE}}).packages("compilers")) == []


@pytest.mark.parametrize("part", ["source_date_epoch", "release"])
def test_what_every_lock_must_say_has_no_default(part: str) -> None:
    with pytest.raises(KeyError):
        getattr(Lock({}), part)


def test_its_digest_is_that_of_all_it_says() -> None:
    assert Lock(WHOLE).sha256 == Lock(dict(reversed(WHOLE.items()))).sha256
    others = [Lock({**WHOLE, key: "another"}).sha256 for key in WHOLE]
    assert len({Lock(WHOLE).sha256, Lock({}).sha256, *others}) == len(WHOLE) + 2
