"""containerd, its shim for OCI runtimes and its own client."""

from __future__ import annotations

from ..program import GoModule

KIND = GoModule(
    module="github.com/containerd/containerd/v2",
    version="v{containerd}",
    packages=("./cmd/containerd", "./cmd/containerd-shim-runc-v2", "./cmd/ctr"),
    tags=("urfave_cli_no_docs",),
    stamps={"github.com/containerd/containerd/v2/version.Version": "{version}"},
)
