"""What the maker of a release's files is told: a node with two engines."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.vessel.image.plugins.module_utils._export.release.stage import KIND, Node
from ansible_collections.vessel.image.plugins.module_utils._lock.engines import for_role
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Work
from ansible_collections.vessel.image.plugins.module_utils._tree.images import image_names

ROOT = Path(__file__).resolve().parents[4]
IMAGES = {"version": "1.36.3", "etcd": "3.6.8-0", "coredns": "v1.14.0", "pause": "3.10.1"}
NODE = Node(
    build="acme.1",
    kubernetes="v1.36.3",
    containerd="v2.4.2",
    os={"type": "linux", "name": "debian", "version": "13", "arch": "amd64"},
    images=image_names(IMAGES),
    engines=[for_role("wasmedge"), for_role("wasmtime")],
    default="wasmtime",
)
PACKAGES = [{"name": "antrea.tanzu.vmware.com.2.6.2+vmware.1-tkg.1"}, {"name": "calico"}]
VENDORS: dict[str, Any] = {
    "apiVersion": "run.tanzu.vmware.com/v1alpha3",
    "kind": "TanzuKubernetesRelease",
    "metadata": {"name": "v1.36.3---vmware.2-vkr.3"},
    "spec": {
        "version": "v1.36.3+vmware.2-vkr.3",
        "kubernetes": {
            "version": "v1.36.3+vmware.2",
            "imageRepository": "localhost:5000/vmware.io",
            "etcd": {"imageTag": "v3.6.12_vmware.7-fips"},
            "coredns": {"imageTag": "v1.14.3_vmware.7-fips"},
            "pause": {"imageTag": "3.10.2"},
        },
        "osImages": [{"name": "photon-5-amd64-v1.36.3---vmware.2"}],
        "bootstrapPackages": PACKAGES,
    },
}
OTHER = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "addon"}}


def made(place: Path, said: Mapping[str, Any] | None = None, bundle: Path | None = None) -> Path:
    """The files of a release in `place`; `said` replaces options."""
    place.mkdir()
    options = {
        **asdict(NODE),
        **({"vendor": {"file": "vendor.tar.gz", "sha256": "b" * 64}} if bundle else {}),
        **(said or {}),
    }
    blobs = {"vendor": bundle} if bundle else {}
    KIND.make(Work(options, {}, blobs, place, "1" * 64, ROOT))
    return place


def bundled(
    place: Path, *documents: Any, name: str = "./config/TanzuKubernetesRelease.yml"
) -> Path:
    """A bundle as the vendor's: a compressed tar archive with `documents` in one of its files."""
    with tarfile.open(place, "w:gz") as archive:
        for path, data in {
            name: yaml.safe_dump_all(documents).encode(),
            "./config/OSImage.yml": yaml.safe_dump({"kind": "OSImage"}).encode(),
            "./packages/antrea/package.yml": b"kind: [this is no YAML",
        }.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return place


def objects(file: Path) -> list[dict[str, Any]]:
    """The objects of a file, by YAML's own reader."""
    return [each for each in yaml.safe_load_all(file.read_text()) if each]
