"""The programs of the default spec say that they are what the lock names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import GO_MODULES
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._lock.lockfile import (
    lock_path,
    read_lock,
)
from ansible_collections.vessel.image.plugins.module_utils._lock.programs import files
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

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
    ("crictl", "crictl --version", "crictl version {bare}\n"),
    ("etcd", "etcd --version", "etcd Version: {bare}\n"),
    ("coredns", "coredns -version", "CoreDNS-{bare}\n"),
]


@pytest.fixture(scope="module")
def lock(plan: Plan) -> Lock:
    found = read_lock(lock_path(plan.spec_file))
    assert found is not None  # or there would be no plan
    return found


def built(plan: Plan, name: str) -> Path:
    """What the stage made of the module `name` in the user's own cache."""
    stage = plan.stage(name)
    assert kept.is_kept(stage.id), f"`make image` has not built {name} yet"
    return kept.place(stage.id)


def output(plan: Plan, name: str, command: str) -> str:
    program, *arguments = command.split()
    # Under its own name: some print what they were called.
    done = subprocess.run(
        [program, *arguments],
        executable=built(plan, name) / program,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(GO_MODULES))
def test_the_files_are_called_as_the_plan_says(plan: Plan, name: str) -> None:
    found = sorted(path.name for path in built(plan, name).iterdir())
    assert found == sorted(files(GO_MODULES[name]))


@pytest.mark.parametrize(("name", "command", "expected"), SAYS)
def test_version(plan: Plan, lock: Lock, name: str, command: str, expected: str) -> None:
    version = lock.go_modules[name]["version"]
    assert expected.format(version=version, bare=version[1:]) in output(plan, name, command)


def test_kubeadm_asks_for_the_locked_tags(plan: Plan, lock: Lock) -> None:
    tags = lock.kubernetes
    names = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    expected = {f"registry.k8s.io/{name}:v{tags['version']}" for name in names} | {
        f"registry.k8s.io/coredns/coredns:{tags['coredns']}",
        f"registry.k8s.io/etcd:{tags['etcd']}",
        f"registry.k8s.io/pause:{tags['pause']}",
    }
    command = f"kubeadm config images list --kubernetes-version v{tags['version']}"
    assert set(output(plan, "kubernetes", command).split()) == expected
