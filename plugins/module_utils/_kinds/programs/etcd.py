"""etcd, of the version that kubeadm asks for."""

from __future__ import annotations

from ..program import GoModule

KIND = GoModule(
    module="go.etcd.io/etcd/server/v3",
    version="v{etcd}",
    packages=(".",),
    stamps={"go.etcd.io/etcd/api/v3/version.GitSHA": "{version}"},
    names={"server": "etcd"},
)
