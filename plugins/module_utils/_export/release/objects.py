"""What Tanzu knows a release by: OSImage, TanzuKubernetesRelease, and standalone TKG's bill of
materials.

Formats: `run.tanzu.vmware.com/v1alpha3` and `pkg/tkr/v1` in the Go module
github.com/vmware-tanzu/tanzu-framework/apis/run. What labels mean to the resolver:
`tkr/resolver/internal/resolver_impl.go` of https://github.com/vmware-tanzu/tanzu-framework.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .names import label, label_value, os_image_name, prefixes, release_version
from .vendor import Vendor
from .writing import yaml_text

API = "run.tanzu.vmware.com/v1alpha3"
TKG_NAMESPACE = "tkr-system"


@dataclass(frozen=True, slots=True)
class Known:
    """A release, as `stage.Node` has it; `vendor` is what the bundle says."""

    build: str
    tag: str
    containerd: str
    os: Mapping[str, str]
    images: Mapping[str, str]
    vendor: Vendor | None = None

    @property
    def kubernetes(self) -> str:
        """The version that the resolver compares; the vendor's where there is one."""
        return str(self.vendor.kubernetes["version"]) if self.vendor else self.tag

    @property
    def version(self) -> str:
        """Such as `v1.36.3+acme.1`."""
        return release_version(self.kubernetes, self.build)

    @property
    def name(self) -> str:
        """Such as `v1.36.3---acme.1`."""
        return label(self.version)

    @property
    def os_image(self) -> str:
        """Such as `debian-13-amd64-v1.36.3---acme.1`."""
        system = self.os
        return os_image_name(system["name"], system["version"], system["arch"], self.version)


def os_image(known: Known, kind: str) -> dict[str, Any]:
    """The OSImage of the `kind` `ova`, known by the property VERSION, or `vmop`, known by the name
    of the content library's item."""
    reference = {"vmop": {"name": known.os_image}, "ova": {"version": known.version}}[kind]
    labels = {
        **prefixes(label(known.kubernetes)),
        **{f"os-{key}": label_value(value) for key, value in known.os.items()},
        "image-type": kind,
        **{f"{kind}-{key}": label_value(value) for key, value in reference.items()},
    }
    return {
        "apiVersion": API,
        "kind": "OSImage",
        "metadata": {"name": known.os_image, "labels": labels},
        "spec": {
            "kubernetesVersion": known.kubernetes,
            "os": dict(known.os),
            "image": {"type": kind, "ref": reference},
        },
    }


def tanzu_release(known: Known) -> dict[str, Any]:
    """The TanzuKubernetesRelease; it has packages where the vendor's bundle names them."""
    packages = {"bootstrapPackages": list(known.vendor.packages)} if known.vendor else {}
    return {
        "apiVersion": API,
        "kind": "TanzuKubernetesRelease",
        "metadata": {"name": known.name, "labels": prefixes(known.name)},
        "spec": {
            "version": known.version,
            "kubernetes": dict(known.vendor.kubernetes) if known.vendor else _kubernetes(known),
            "osImages": [{"name": known.os_image}],
            **packages,
        },
    }


def bom_config_map(known: Known) -> dict[str, Any]:
    """The bill of materials in the form in which standalone TKG's controller takes it."""
    text = yaml_text(_bom(known))
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": known.name,
            "namespace": TKG_NAMESPACE,
            "labels": {"tanzuKubernetesRelease": known.name},
        },
        "binaryData": {"bomContent": base64.b64encode(text.encode()).decode()},
    }


def _bom(known: Known) -> dict[str, Any]:
    """Without add-ons: those of the vendor's are of older Kubernetes."""
    system = known.os
    ova = {
        "name": f"ova-{system['name']}-{system['version'].replace('.', '')}",
        "osinfo": {key: system[key] for key in ("name", "version", "arch")},
        "version": known.version,
    }
    return {
        "apiVersion": "run.tanzu.vmware.com/v1alpha2",
        "release": {"version": known.version},
        "components": _components(known),
        "imageConfig": {"imageRepository": _repository(known)},
        "ova": [ova],
    }


def _components(known: Known) -> dict[str, Any]:
    """Who is there by itself has a component of its own; the others are of Kubernetes."""
    images = {name: _image(known, name) for name in known.images}
    others = {name: each for name, each in images.items() if each["tag"] != known.tag}
    of_kubernetes = {name: each for name, each in images.items() if name not in others}
    return {
        "kubernetes": [{"version": known.tag, "images": of_kubernetes}],
        "containerd": [{"version": known.containerd}],
        **{
            name: [{"version": each["tag"], "images": {name: each}}]
            for name, each in others.items()
        },
    }


def _kubernetes(known: Known) -> dict[str, Any]:
    tags = {name: {"imageTag": _image(known, name)["tag"]} for name in ("etcd", "pause", "coredns")}
    return {"version": known.tag, "imageRepository": _repository(known), **tags}


def _image(known: Known, program: str) -> dict[str, str]:
    path, tag = known.images[program].partition("/")[2].rsplit(":", 1)
    return {"imagePath": path, "tag": tag}


def _repository(known: Known) -> str:
    return known.images["kube-apiserver"].partition("/")[0]
