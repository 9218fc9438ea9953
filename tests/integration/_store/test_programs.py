"""The programs of the default spec say that they are what the lock names."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._lock.lockfile import (
    lock_path,
    read_lock,
)
from ansible_collections.vessel.image.plugins.module_utils._lock.programs import build_key
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store

# What must be printed, where {version} is the locked one with its v and {bare} without.
SAYS = [
    *(
        ("kubernetes", f"{name} --version", "Kubernetes {version}\n")
        for name in (
            "kubelet",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kube-proxy",
        )
    ),
    ("kubernetes", "kubeadm version -o short", "{version}\n"),
    ("kubernetes", "kubectl version --client", "Client Version: {version}\n"),
    ("containerd", "containerd --version", "containerd/v2 {version}"),
    ("containerd", "containerd-shim-runc-v2 -v", "Version:  {version}\n"),
    ("containerd", "ctr --version", "containerd/v2 {version}"),
    ("etcd", "etcd --version", "etcd Version: {bare}\n"),
    ("coredns", "coredns -version", "CoreDNS-{bare}\n"),
]


@pytest.fixture(scope="module")
def lock() -> dict[str, Any]:
    spec = Path(__file__).resolve().parents[3] / "specs/wasm-node.yml"
    found = read_lock(lock_path(spec))
    if found is None:
        pytest.skip("`make image` has not locked the default spec yet")
    return found


def output(lock: dict[str, Any], name: str, command: str) -> str:
    program, *arguments = command.split()
    store = Store(cache_root() / "store")
    key = build_key(name, lock["go"]["programs"][name], lock["go"]["toolchain"]["sum"])
    outputs = store.record(key)
    assert outputs is not None, f"`make image` has not built {name} yet"
    executable = store.need(outputs[program], program)
    # Under its own name: some print what they were called.
    done = subprocess.run(
        [program, *arguments], executable=executable, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("name", "command", "expected"), SAYS)
def test_version(lock: dict[str, Any], name: str, command: str, expected: str) -> None:
    version = lock["go"]["programs"][name]["version"]
    assert expected.format(version=version, bare=version[1:]) in output(lock, name, command)


def test_kubeadm_asks_for_the_locked_tags(lock: dict[str, Any]) -> None:
    tags = lock["kubernetes"]
    names = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    expected = {f"registry.k8s.io/{name}:v{tags['version']}" for name in names} | {
        f"registry.k8s.io/coredns/coredns:{tags['coredns']}",
        f"registry.k8s.io/etcd:{tags['etcd']}",
        f"registry.k8s.io/pause:{tags['pause']}",
    }
    command = f"kubeadm config images list --kubernetes-version v{tags['version']}"
    assert set(output(lock, "kubernetes", command).split()) == expected
