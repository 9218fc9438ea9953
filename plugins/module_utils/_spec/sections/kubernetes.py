"""The Kubernetes of the node."""

from __future__ import annotations

from ..rules import section, version

MINORS = range(33, 38)  # 1.33 … 1.37: the Go modules that can be had and built

RULES = section(
    "The Kubernetes of the node.",
    {
        "version": version(
            f"The exact version, quoted; 1.{MINORS[0]} to "
            f"1.{MINORS[-1]}. The versions of kubeadm, etcd, CoreDNS and pause "
            "follow from it.",
            "1.36.3",
            required=True,
        )
    },
    required=True,
)
