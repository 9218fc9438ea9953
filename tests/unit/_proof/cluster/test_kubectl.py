from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._common.run import Result
from ansible_collections.vessel.image.plugins.module_utils._lock.programs import build_key
from ansible_collections.vessel.image.plugins.module_utils._machine.guest import Guest, place
from ansible_collections.vessel.image.plugins.module_utils._machine.ssh import Ssh
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster import kubectl
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store

LOCK = {
    "go": {
        "toolchain": {"sum": "h1:x"},
        "programs": {"kubernetes": {"version": "v1.36.3", "time": "2026-01-02T03:04:05Z"}},
    }
}
# Says what it was given.
TELLS = """#!/bin/sh
for word in "$@"; do echo "$word"; done
echo "HOME=$HOME KUBECONFIG=$KUBECONFIG"
cat
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scripts that a guest was asked to run; each prints the same."""
    scripts: list[str] = []

    def run(_: Ssh, script: str, **__: Any) -> Result:
        scripts.append(script)
        return Result(0, "credentials\n", "")

    monkeypatch.setattr(Ssh, "run", run)
    return scripts


def guest(ports: str = "40123:6443") -> Guest:
    place("some").mkdir(parents=True)
    return Guest("some", 1, 1, 1022, "uefi", "h", "tcg", "", "/nowhere", ports=ports)


def store_one(text: str) -> None:
    store = Store(cache_root() / "store")
    program = cache_root() / "program"
    program.write_text(text)
    key = build_key("kubernetes", LOCK["go"]["programs"]["kubernetes"], "h1:x")
    store.put_record(key, {"kubectl": store.add_file(program, executable=True)})


def test_the_stores_kubectl_runs_on_this_host(cache: Path, asked: list[str]) -> None:
    store_one(TELLS)
    found = kubectl.Kubectl(guest(), kubectl.find(LOCK))
    for _ in range(2):
        said = found.run("apply -f - --what='two words'", stdin="given").stdout.splitlines()
    access = place("some") / "admin.conf"
    assert said == [
        f"--kubeconfig={access}",
        "--server=https://127.0.0.1:40123",
        "--tls-server-name=kubernetes",
        *("apply", "-f", "-", "--what=two words"),
        f"HOME={place('some')} KUBECONFIG=",
        "given",
    ]
    assert asked == ["cat /etc/kubernetes/admin.conf"]
    assert access.read_text() == "credentials\n"
    assert stat.S_IMODE(access.stat().st_mode) == 0o600


@pytest.mark.parametrize(("kept", "ports"), [(False, "40123:6443"), (True, ""), (True, "80:80")])
def test_without_one_or_a_port_the_guests_runs(
    cache: Path, asked: list[str], kept: bool, ports: str
) -> None:
    if kept:
        store_one(TELLS)
    said = kubectl.Kubectl(guest(ports), kubectl.find(LOCK)).run("get nodes")
    assert said.stdout == "credentials\n"
    assert asked == ["kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes"]
