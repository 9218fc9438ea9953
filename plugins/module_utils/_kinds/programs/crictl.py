"""crictl, which asks a container runtime what it runs, without the kubelet. It speaks the CRI's v1,
as every containerd 2 does, so it follows nothing in the spec: one release, moved with Vessel."""

from __future__ import annotations

from ..program import GoModule

KIND = GoModule(
    module="sigs.k8s.io/cri-tools",
    version="v1.36.0",
    packages=("./cmd/crictl",),
    stamps={"sigs.k8s.io/cri-tools/pkg/version.Version": "{bare}"},
)
