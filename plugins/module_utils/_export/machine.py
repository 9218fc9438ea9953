"""The virtual machine that an image asks for, as formats describe it: from a spec and its image.

The properties are those that image-builder, Tanzu and VMware's VM operator set or read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .._kinds.distribution import Distribution
from .._spec.machine import LABELS

# By its value `ready` a Supervisor tells images that are fit for the first version of its API.
DEFER = "guestinfo.vmservice.defer-cloud-init"
CATEGORY = "Cluster API Provider (CAPI)"  # where Tanzu looks for properties
ENGINE_LABEL = "vessel.dev/wasm-{}"  # as the node's
ENGINES = "vessel.wasm.runtimes"


@dataclass(frozen=True, slots=True)
class Node:
    """What is said of a Kubernetes node: names and numbers of its parts. `kubernetes` and
    `cni_plugins` begin with a v; `epoch` in seconds since 1970."""

    name: str
    distribution: Distribution
    release: str
    architecture: str
    kubernetes: str
    containerd: str
    cni_plugins: str
    engines: Sequence[str]
    epoch: int


def machine(spec: Mapping[str, Any], node: Node) -> dict[str, Any]:
    """The section `machine` of a spec, and what follows for this node."""
    hardware = spec["hardware_version"]
    known = [name for least, name in node.distribution.guests.items() if least <= hardware]
    title = f"{node.name}: Kubernetes {node.kubernetes} on {node.distribution.name} {node.release}"
    engines = ", ".join(node.engines)
    labels = {**{ENGINE_LABEL.format(each): "true" for each in node.engines}, **spec["labels"]}
    product = spec["product"]
    version = product.get("version", node.kubernetes)
    own = {each["key"]: each["value"] for each in product["properties"]}
    return {
        "processors": spec["processors"],
        "memory": spec["memory"],
        "hardware_version": hardware,
        "firmware": spec["firmware"],
        "disk_controller": spec["disk_controller"],
        "disks": [each["size"] for each in spec["disks"]],
        "networks": list(spec["networks"]),
        "guest": spec.get("guest", known[-1]),
        "cim": node.distribution.cim,
        "release": node.release,
        "annotation": spec.get("annotation", f"{title}, WebAssembly by {engines}"),
        "extra_configuration": {
            DEFER: "ready",
            LABELS: ",".join(f"{key}:{labels[key]}" for key in sorted(labels)),
            **spec["extra_configuration"],
        },
        "product": {
            "name": product.get("name", title),
            "vendor": product.get("vendor", ""),
            "version": version,
            "category": CATEGORY,
            "properties": {**_properties(node), "VERSION": version, **own},
        },
    }


def _properties(node: Node) -> dict[str, str]:
    distribution, release = node.distribution.name, node.release
    return {
        "BUILD_TIMESTAMP": str(node.epoch),
        "BUILD_DATE": datetime.fromtimestamp(node.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "IMAGE_BUILDER_VERSION": "vessel",
        "DISTRO_NAME": distribution,
        "DISTRO_VERSION": release,
        "DISTRO_ARCH": node.architecture,
        "vmware-system.tkr.os-type": "linux",
        "vmware-system.tkr.os-name": distribution,
        "vmware-system.tkr.os-version": release,
        "vmware-system.tkr.os-arch": node.architecture,
        "CNI_VERSION": node.cni_plugins,
        "CONTAINERD_VERSION": f"v{node.containerd}",
        "KUBERNETES_SEMVER": node.kubernetes,
        "KUBERNETES_SOURCE_TYPE": "source",
        "capabilities.image.vmoperator.vmware.com": "cloud-init",
        ENGINES: ",".join(node.engines),
    }
