from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.compare import differences
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import rust_part
from unit.locked import SUM, WHOLE, every, other, package, put

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


LEAVES = [(steps, value) for steps, value in every(WHOLE) if not isinstance(value, dict | list)]
LISTS = [(steps, value) for steps, value in every(WHOLE) if value and isinstance(value, list)]


@pytest.mark.parametrize(("steps", "value"), LEAVES, ids=[str(each[0]) for each in LEAVES])
def test_no_value_of_a_lock_changes_unseen(steps: tuple[Any, ...], value: Any) -> None:
    """WHOLE has every field that a lock can have, see test_shape.py."""
    lines = differences(Lock(WHOLE), Lock(put(steps, other(value))))
    assert lines
    for line in lines:
        assert line.isprintable()
        if " -> " in line:
            before, after = line.split(" -> ", 1)
            assert before.split()[-1] != after.split()[0]
    assert differences(Lock(put(steps, other(value))), Lock(WHOLE))


@pytest.mark.parametrize(("steps", "value"), LISTS, ids=[str(each[0]) for each in LISTS])
def test_nothing_goes_or_comes_unseen(steps: tuple[Any, ...], value: list[Any]) -> None:
    fewer = Lock(put(steps, value[:-1]))
    assert differences(Lock(WHOLE), fewer)
    assert differences(fewer, Lock(WHOLE))


@pytest.mark.parametrize("key", [key for key in WHOLE if key != "schema"])
def test_no_part_goes_or_comes_unseen(key: str) -> None:
    fewer = Lock({name: each for name, each in WHOLE.items() if name != key})
    assert differences(Lock(WHOLE), fewer)
    assert differences(fewer, Lock(WHOLE))


NODE = ("debian", "node")
GO = ("go", "programs", "kubernetes")
SAID = [
    ((*NODE, 0, "sha256"), "9" * 64, "adduser 1.0-1: sha256 111111111111 -> 999999999999"),
    ((*NODE, 0, "sha256"), "1" * 63 + "2", f"sha256 '{'1' * 64}' -> '{'1' * 63}2'"),
    ((*NODE, 0, "path"), "pool/evil.deb", "adduser 1.0-1: path pool/main/adduser_1.0-1_amd64."),
    ((*NODE, 0, "archive"), "repository own", "archive debian -> repository own"),
    ((*NODE, 0, "version"), "2.0", "~ package: adduser 1.0-1 -> 2.0"),
    (
        (*NODE, 0),
        package("evil", archive="repository own"),
        "+ package: evil 1.0-1 from repository",
    ),
    ((*GO, "module"), "example.com/k", "v1.36.3: module k8s.io/kubernetes -> example.com/k"),
    ((*GO, "sum"), SUM.replace("a=", "b="), "kubernetes v1.36.3: sum "),
    ((*GO, "go_mod"), "module x\n", "go_mod -1 +1 lines (module x)"),
    ((*GO, "packages"), ["./a", "./b"], "packages ./cmd/kubelet -> ./a, ./b"),
    (("go", "toolchain", "sum"), SUM.replace("a=", "b="), "~ tool: go go1.26.8: sum "),
    (("debian", "suites", 0, "date"), "Sun", "suite: trixie Sat, 21 Nov 2026 09:15:44 UTC -> Sun"),
    (("executables", 0, "path"), "/usr/bin/x", "4444: path /usr/local/bin/tool -> /usr/bin/x"),
    (("shims", 0, "sha256"), "9" * 64, "~ shim: wasmer 555555555555 -> 999999999999"),
    (("rust", "cargo_lock"), "9" * 64, "~ value: rust.cargo_lock 666666666666 -> 999999999999"),
    (("for", "containerd"), "2.4.3", "~ value: for.containerd 2.4.2 -> 2.4.3"),
    (("source_date_epoch",), 1, "~ value: source_date_epoch 1795252544 -> 1"),
]


@pytest.mark.parametrize(("steps", "value", "says"), SAID, ids=[each[2] for each in SAID])
def test_how_it_is_said(steps: tuple[Any, ...], value: Any, says: str) -> None:
    lines = differences(Lock(WHOLE), Lock(put(steps, value)))
    assert [line for line in lines if says in line]
