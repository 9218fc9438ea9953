from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._lock.compare import differences
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import rust_part
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec

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
    assert differences(LOCK, new) == [
        "- package: a 1",
        "+ package: b 1",
        "~ image: etcd 3.6.8-0 -> 3.6.9-0",
        "+ executable: https://example.com/tool 333333333333",
        "~ file: motd 111111111111 -> 222222222222",
    ]


def test_the_same_and_the_first() -> None:
    assert differences(LOCK, LOCK) == []
    assert "+ tool: go go1" in differences(None, LOCK)


def test_an_engine_that_is_built_moves(root: Path, tmp_path: Path) -> None:
    spec_file = tmp_path / "own.yml"
    spec_file.write_text(
        'schema: 1\nname: own\nkubernetes: {version: "1.36.3"}\nwasm: {runtimes: [wasmtime]}\n'
    )
    part = rust_part(load_spec(spec_file), root)
    old = {**part, "versions": {"wasmtime": "47.0.0"}}
    now = part["versions"]["wasmtime"]
    assert differences({**LOCK, "rust": old}, {**LOCK, "rust": part}) == [
        f"~ Rust program: wasmtime 47.0.0 -> {now}"
    ]
