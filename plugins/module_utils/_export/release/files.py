"""The files about an image as a release: release.json says which is what, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._plan.stage import Work
from . import PROPERTIES, VENDOR, clusters, vendor
from .objects import Known, bom_config_map, os_image, tanzu_release
from .properties import properties
from .runtime_classes import runtime_classes
from .writing import documents

SCHEMA = 1
VARIABLES = "Variables: clusterctl generate yaml --from FILE. docs/tanzu.md has them."
ABOUT = {
    "tkg.yaml": "Standalone TKG: bill of materials, OSImage, TanzuKubernetesRelease.",
    "supervisor.yaml": "vSphere Kubernetes Service: OSImage, TanzuKubernetesRelease.",
    PROPERTIES: "The OVA's properties by which Tanzu finds the release.",
    "runtimeclasses.yaml": "The RuntimeClasses of the image, as /etc/vessel/manifests has them.",
    "cluster-capv.yaml": f"A cluster by Cluster API's provider for vSphere.\n{VARIABLES}",
    "cluster-supervisor.yaml": f"A cluster of the vSphere Kubernetes Service.\n{VARIABLES}",
    "kubeadm.yaml": "A cluster of one node without a provider: kubeadm init --config FILE.",
}
NO_VENDOR = (
    "There is no bundle of the vendor's (`release.vendor`): no cluster of the vSphere Kubernetes"
    " Service starts with this release."
)
NO_ADD_ONS = (
    "The vendor's packages, ClusterBootstrapTemplate and add-on properties are not in the image."
)
NEVER_RUN = (
    "Objects were checked against the published schemas; no vCenter, Supervisor or Cluster API was"
    " run with them."
)


def files(work: Work) -> dict[str, str]:
    """Name -> text of each. Raises what the vendor's bundle and names do, VES-891 to VES-893."""
    said = work.options
    known = _known(work)
    classes = runtime_classes(work.root, said["engines"], said["default"])
    engines = [str(each["name"]) for each in said["engines"]]
    release = tanzu_release(known)
    objects = {
        "tkg.yaml": [bom_config_map(known), os_image(known, "ova"), release],
        "supervisor.yaml": [os_image(known, "vmop"), release],
        "cluster-capv.yaml": clusters.capv(known, classes),
        "cluster-supervisor.yaml": clusters.supervisor(known, engines),
        "kubeadm.yaml": clusters.kubeadm(known),
    }
    return {
        "release.json": _json(_told(known, said)),
        PROPERTIES: _json(properties(known)),
        "runtimeclasses.yaml": classes,
        **{name: documents(ABOUT[name], each) for name, each in objects.items()},
    }


def _told(known: Known, said: Mapping[str, Any]) -> dict[str, Any]:
    bundle = said.get(VENDOR)
    return {
        "schema": SCHEMA,
        "version": known.version,
        "name": known.name,
        "kubernetes": known.kubernetes,
        "os_image": known.os_image,
        "vendor": dict(bundle) if bundle else None,
        "files": {name: about.partition("\n")[0] for name, about in ABOUT.items()},
        "missing": [*([] if bundle else [NO_VENDOR]), NO_ADD_ONS],
        "not_run": [NEVER_RUN],
    }


def _known(work: Work) -> Known:
    said = work.options
    bundle: Path | None = work.blobs.get(VENDOR)
    return Known(
        build=said["build"],
        tag=said["kubernetes"],
        containerd=said["containerd"],
        os=said["os"],
        images=said["images"],
        vendor=vendor.read(bundle, said["kubernetes"]) if bundle else None,
    )


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
