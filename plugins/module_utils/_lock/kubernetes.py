"""The versions that follow from a version of Kubernetes: what its own kubeadm asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .._common.errors import VesselError

CONSTANTS = "cmd/kubeadm/app/constants/constants.go"
UNKNOWN_VERSION = "Choose another `kubernetes.version`: Vessel cannot build this one."
_NAMES = {"etcd": "DefaultEtcdVersion", "coredns": "CoreDNSVersion", "pause": "PauseVersion"}


def versions(kubernetes_version: str, module_dir: Path) -> dict[str, str]:
    """The lock's `kubernetes` part: the version and the image tags that its kubeadm wants.

    `module_dir` holds the module k8s.io/kubernetes of that version. Raises VES-323 when a constant
    is not found there.
    """
    try:
        source = (module_dir / CONSTANTS).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise VesselError.of(
            "VES-323", f"{module_dir} holds no {CONSTANTS}", UNKNOWN_VERSION
        ) from error
    tags = {part: _constant(source, name) for part, name in _NAMES.items()}
    return {"version": kubernetes_version.removeprefix("v"), **tags}


def module_versions(tags: Mapping[str, str]) -> dict[str, str]:
    """Program -> version without a leading v, of those whose version follows from these tags.

    The tag of etcd, `3.6.8-0`, has the image's own revision behind the release.
    """
    return {name: tags[name].removeprefix("v").partition("-")[0] for name in ("etcd", "coredns")}


def _constant(source: str, name: str) -> str:
    found = re.search(rf'^\s*{name}\s*=\s*"([^"]+)"', source, re.MULTILINE)
    if not found:
        raise VesselError.of(
            "VES-323",
            f"{CONSTANTS} of this Kubernetes names no {name}",
            UNKNOWN_VERSION,
        )
    return found.group(1)
