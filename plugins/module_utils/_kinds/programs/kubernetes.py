"""Kubernetes: what a node and its control plane run, kubeadm and kubectl."""

from __future__ import annotations

from ..program import GoModule

_VERSION = (
    ("gitVersion", "{version}"),
    ("gitMajor", "{major}"),
    ("gitMinor", "{minor}"),
    ("gitCommit", ""),  # not known from a module zip; empty is read as unknown
    ("gitTreeState", "archive"),
    ("buildDate", "{date}"),
)
KIND = GoModule(
    module="k8s.io/kubernetes",
    version="v{kubernetes}",
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
        for name, value in _VERSION
    },
    siblings="v0.{minor}.{patch}",
    # What its kubeadm asks for.
    told_in="cmd/kubeadm/app/constants/constants.go",
    tells={"DefaultEtcdVersion": "etcd", "CoreDNSVersion": "coredns", "PauseVersion": "pause"},
)
