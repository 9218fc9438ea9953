from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._lock.compare import differences
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import rust_part

LOCK: dict[str, Any] = {
    "for": {"sources": {"motd": [{"path": "", "sha256": "1" * 64}]}},
    "kubernetes": {"version": "1.36.3", "etcd": "3.6.8-0"},
    "debian": {"node": [{"name": "a", "version": "1"}], "tools": [{"name": "t", "version": "1"}]},
    "go": {"toolchain": {"version": "go1"}, "programs": {"etcd": {"version": "v3.6.8"}}},
}


def test_what_comes_goes_and_changes() -> None:
    new = {
        **LOCK,
        "for": {"sources": {"motd": [{"path": "", "sha256": "2" * 64}]}},
        "debian": {**LOCK["debian"], "node": [{"name": "b", "version": "1"}]},
        "kubernetes": {"version": "1.36.3", "etcd": "3.6.9-0"},
        "executables": [{"url": "https://example.com/tool", "sha256": "3" * 64}],
    }
    assert differences(Lock(LOCK), Lock(new)) == [
        "- package: a 1",
        "+ package: b 1",
        "~ image: etcd 3.6.8-0 -> 3.6.9-0",
        "+ executable: https://example.com/tool 333333333333",
        "~ file: motd 111111111111 -> 222222222222",
    ]


def test_the_same_and_the_first() -> None:
    assert differences(Lock(LOCK), Lock(LOCK)) == []
    assert "+ tool: go go1" in differences(None, Lock(LOCK))


def test_an_engine_that_is_built_moves(root: Path) -> None:
    part = rust_part(("wasmtime",), root)
    old = {**part, "versions": {"wasmtime": "47.0.0"}}
    now = part["versions"]["wasmtime"]
    assert differences(Lock({**LOCK, "rust": old}), Lock({**LOCK, "rust": part})) == [
        f"~ Rust program: wasmtime 47.0.0 -> {now}"
    ]
