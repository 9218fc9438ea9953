"""CoreDNS, of the version that kubeadm asks for."""

from __future__ import annotations

from ..program import GoModule

KIND = GoModule(
    module="github.com/coredns/coredns",
    version="v{coredns}",
    packages=(".",),
    stamps={"github.com/coredns/coredns/coremain.GitCommit": "{version}"},
)
