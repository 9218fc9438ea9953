"""The build recipes: what is stamped, and what the files are called."""

from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import GoModule
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import GO_MODULES
from ansible_collections.vessel.image.plugins.module_utils._lock.programs import (
    files,
    flags,
    parts,
)
from unit.locked import LOCKED


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v1.36.3", ("v1.36.3", "1.36.3", "1", "36", "3")),
        ("1.36.3", ("v1.36.3", "1.36.3", "1", "36", "3")),
        ("v2.0.0-rc.1", ("v2.0.0-rc.1", "2.0.0-rc.1", "2", "0", "0")),
    ],
)
def test_parts(version: str, expected: tuple[str, ...]) -> None:
    found = parts(version)
    assert tuple(found[k] for k in ("version", "bare", "major", "minor", "patch")) == expected


def test_kubernetes_is_stamped_with_the_lock_alone() -> None:
    *rest, linker = flags(GO_MODULES["kubernetes"], LOCKED)
    assert "-trimpath" in rest
    assert "-buildvcs=false" in rest
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        assert f"-X={package}.gitVersion=v1.36.3" in linker
        assert f"-X={package}.gitMinor=36" in linker
        assert f"-X={package}.buildDate=2026-07-22T18:07:38Z" in linker


@pytest.mark.parametrize("name", sorted(GO_MODULES))
def test_every_recipe_renders_without_blanks_inside_a_stamp(name: str) -> None:
    linker = flags(GO_MODULES[name], LOCKED)[-1].removeprefix("-ldflags=")
    assert "{" not in linker
    assert all(word in {"-s", "-w"} or word.startswith("-X=") for word in linker.split())


CNI = (
    "bandwidth bridge dhcp dummy firewall host-device host-local ipvlan loopback macvlan portmap"
    " ptp sbr static tap tuning vlan vrf"
)
FILES = {
    "cni-plugins": CNI,
    "containerd": "containerd containerd-shim-runc-v2 ctr",
    "coredns": "coredns",
    "crictl": "crictl",
    "etcd": "etcd",
    "kubernetes": "kube-apiserver kube-controller-manager kube-proxy kube-scheduler kubeadm kubectl"
    " kubelet",
}


def test_the_files_of_every_module() -> None:
    assert {name: sorted(files(each)) for name, each in GO_MODULES.items()} == {
        name: names.split() for name, names in FILES.items()
    }


@pytest.mark.parametrize(
    ("module", "packages", "names", "expected"),
    [
        ("example.com/tool", (".",), {}, ["tool"]),
        ("example.com/tool/v2", (".",), {}, ["tool"]),
        ("example.com/tool/v12", (".", "./cmd/other"), {}, ["tool", "other"]),
        ("example.com/tool/vault", (".",), {}, ["vault"]),
        ("example.com/tool", (".", "./cmd/a"), {"a": "b"}, ["tool", "b"]),
    ],
)
def test_a_file_is_called_as_go_calls_it_or_as_its_recipe_says(
    module: str, packages: tuple[str, ...], names: dict[str, str], expected: list[str]
) -> None:
    assert files(GoModule(module, "v1", packages, names=names)) == expected
