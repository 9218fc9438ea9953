"""The Go programs that a node and its control plane are made of, and how each is built.

One recipe serves all: the program's own module, at the locked version, is the main module, so that
its dependencies, replacements and GODEBUG defaults are exactly upstream's. Only replacements by
directories of upstream's repository, which a module zip does not hold, give way to the released
modules. A module zip has no git history, so versions are stamped by the linker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._common.files import digest
from .gocommand import PLATFORM

# Kubernetes 1.36 needs Go 1.26. Built with one toolchain whatever the version of Kubernetes.
TOOLCHAIN = "go1.26.8"
# Symbols and DWARF would be a third of the image's binaries.
LINKER = ("-s", "-w")
FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")


@dataclass(frozen=True, slots=True)
class Program:
    """A Go module and the main packages wanted of it.

    `siblings` is the version of modules that live in the same repository and are required without
    a version of their own. `stamps` are linker variables; values may use `{version}` (v1.2.3),
    `{bare}` (1.2.3), `{major}`, `{minor}`, `{patch}` and `{date}` (of the module version, UTC).
    A module zip names no commit, so the version stands where a program prints one. `names` gives
    programs another file name than Go does.
    """

    module: str
    packages: tuple[str, ...]
    tags: tuple[str, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    siblings: str = ""


_KUBERNETES = (
    ("gitVersion", "{version}"),
    ("gitMajor", "{major}"),
    ("gitMinor", "{minor}"),
    (
        "gitCommit",
        "",  # not known from a module zip; empty is read as unknown
    ),
    ("gitTreeState", "archive"),
    ("buildDate", "{date}"),
)

PROGRAMS: Mapping[str, Program] = {
    "kubernetes": Program(
        module="k8s.io/kubernetes",
        packages=(
            "./cmd/kubelet",
            "./cmd/kubeadm",
            "./cmd/kubectl",
            "./cmd/kube-apiserver",
            "./cmd/kube-controller-manager",
            "./cmd/kube-scheduler",
            "./cmd/kube-proxy",
        ),
        tags=("selinux", "notest", "grpcnotrace"),  # as hack/lib/golang.sh has them
        stamps={
            f"{package}.{name}": value
            for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
            for name, value in _KUBERNETES
        },
        siblings="v0.{minor}.{patch}",
    ),
    "containerd": Program(
        module="github.com/containerd/containerd/v2",
        packages=("./cmd/containerd", "./cmd/containerd-shim-runc-v2", "./cmd/ctr"),
        tags=("urfave_cli_no_docs",),
        stamps={"github.com/containerd/containerd/v2/version.Version": "{version}"},
    ),
    "etcd": Program(
        module="go.etcd.io/etcd/server/v3",
        packages=(".",),
        stamps={"go.etcd.io/etcd/api/v3/version.GitSHA": "{version}"},
        names={"server": "etcd"},
    ),
    "coredns": Program(
        module="github.com/coredns/coredns",
        packages=(".",),
        stamps={"github.com/coredns/coredns/coremain.GitCommit": "{version}"},
    ),
    "cni-plugins": Program(
        module="github.com/containernetworking/plugins",
        packages=(
            *(f"./plugins/ipam/{name}" for name in ("dhcp", "host-local", "static")),
            *(
                f"./plugins/main/{name}"
                for name in (
                    "bridge",
                    "dummy",
                    "host-device",
                    "ipvlan",
                    "loopback",
                    "macvlan",
                    "ptp",
                    "tap",
                    "vlan",
                )
            ),
            *(
                f"./plugins/meta/{name}"
                for name in ("bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf")
            ),
        ),
        stamps={
            "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": (
                "{version}"
            )
        },
    ),
}


def parts(version: str, date: str = "") -> dict[str, str]:
    """The values that stamps and sibling versions are made of."""
    bare = version.removeprefix("v")
    major, minor, patch = [*bare.partition("-")[0].split("."), "0", "0"][:3]
    return {
        "version": f"v{bare}",
        "bare": bare,
        "major": major,
        "minor": minor,
        "patch": patch,
        "date": date,
    }


def flags(name: str, locked: Mapping[str, Any]) -> list[str]:
    """The arguments of `go build` that shape the bytes of a program; `locked` is its lock part."""
    program = PROGRAMS[name]
    values = parts(locked["version"], locked["time"])
    stamps = [f"-X={name}={text.format(**values)}" for name, text in program.stamps.items()]
    tags = [f"-tags={','.join(program.tags)}"] if program.tags else []
    return [*FLAGS, *tags, f"-ldflags={' '.join([*LINKER, *stamps])}"]


def build_key(name: str, locked: Mapping[str, Any], toolchain: str) -> str:
    """The store's record key of a build: everything that its bytes follow from.

    `toolchain` is the checksum of the Go toolchain. The key is known without building.
    """
    recipe = {"flags": flags(name, locked), "names": dict(PROGRAMS[name].names)}
    return digest(
        {"recipe": recipe, "locked": locked, "toolchain": toolchain, "platform": dict(PLATFORM)}
    )
