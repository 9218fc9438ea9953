"""The objects that Tanzu reads, by the rules of its resolver."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._export.release.properties import (
    BLOCK,
    gzipped,
)
from unit._export.release.told import PACKAGES, VENDORS, bundled, made, objects

Object = dict[str, Any]
UNWANTED = {"incompatible", "deactivated", "invalid"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return made(tmp_path / "made")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return bundled(tmp_path / "vendor.tar.gz", VENDORS)


def matches(labels: Mapping[str, str], selector: str) -> bool:
    """A label selector of equalities, as Kubernetes reads it."""
    wanted = dict(each.split("=") for each in selector.split(",") if each)
    return wanted.items() <= labels.items()


def resolve(cluster: Object, release: Object, image: Object) -> list[str]:
    """Whether the resolver of Tanzu finds `image` by `release` for each pool of `cluster`: what it
    lacks. As `filter` in tanzu-framework's tkr/resolver/internal/resolver_impl.go does."""
    topology, lacks = cluster["spec"]["topology"], []
    of_release, of_image = release["metadata"]["labels"], image["metadata"]["labels"]
    if topology["version"] not in of_release:
        lacks.append("no release has the cluster's version for a label")
    if UNWANTED & {*of_release, *of_image}:
        lacks.append("the release or image is not to be used")
    if {"name": image["metadata"]["name"]} not in release["spec"]["osImages"]:
        lacks.append("the release does not ship the image")
    if image["spec"]["kubernetesVersion"] != release["spec"]["kubernetes"]["version"]:
        lacks.append("release and image are of two versions")
    for pool in (topology["controlPlane"], *topology["workers"]["machineDeployments"]):
        selector = pool["metadata"]["annotations"]["run.tanzu.vmware.com/resolve-os-image"]
        if not matches(of_image, selector):
            lacks.append(f"no image is selected by {selector}")
    return lacks


def test_the_resolver_finds_the_image(tmp_path: Path, place: Path, bundle: Path) -> None:
    for found in (place, made(tmp_path / "bundled", bundle=bundle)):
        (cluster,) = objects(found / "cluster-supervisor.yaml")
        image, release = objects(found / "supervisor.yaml")
        assert resolve(cluster, release, image) == []


def no_prefix(cluster: Object, release: Object, image: Object) -> None:
    del release["metadata"]["labels"][release["metadata"]["name"]]


def semantic(cluster: Object, release: Object, image: Object) -> None:
    cluster["spec"]["topology"]["version"] = release["spec"]["version"]


def another_image(cluster: Object, release: Object, image: Object) -> None:
    release["spec"]["osImages"] = [{"name": "other"}]


def another_kubernetes(cluster: Object, release: Object, image: Object) -> None:
    image["spec"]["kubernetesVersion"] = "v1.36.4"


def another_system(cluster: Object, release: Object, image: Object) -> None:
    image["metadata"]["labels"]["os-version"] = "12"


def deactivated(cluster: Object, release: Object, image: Object) -> None:
    release["metadata"]["labels"]["deactivated"] = ""


@pytest.mark.parametrize(
    ("plant", "lacks"),
    [
        (no_prefix, 1),
        (semantic, 1),
        (another_image, 1),
        (another_kubernetes, 1),
        (another_system, 2),
        (deactivated, 1),
    ],
)
def test_a_planted_mistake(place: Path, plant: Callable[..., None], lacks: int) -> None:
    (cluster,) = objects(place / "cluster-supervisor.yaml")
    image, release = objects(place / "supervisor.yaml")
    plant(cluster, release, image)
    assert len(resolve(cluster, release, image)) == lacks


def test_labels_are_what_kubernetes_takes(tmp_path: Path, place: Path, bundle: Path) -> None:
    for found in (place, made(tmp_path / "bundled", bundle=bundle)):
        for name in ("tkg.yaml", "supervisor.yaml"):
            for each in objects(found / name):
                assert len(each["metadata"]["name"]) <= 63
                for key, value in each["metadata"]["labels"].items():
                    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", key)
                    assert re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", value)


def test_an_image_says_what_the_resolver_reads(place: Path) -> None:
    image, _release = objects(place / "supervisor.yaml")
    assert image["metadata"]["labels"] == {
        "v1.36.3": "", "v1.36": "", "v1": "",
        "os-type": "linux", "os-name": "debian", "os-version": "13", "os-arch": "amd64",
        "image-type": "vmop", "vmop-name": "debian-13-amd64-v1.36.3---acme.1",
    }  # fmt: skip
    _bom, ova, _release = objects(place / "tkg.yaml")
    assert ova["spec"]["image"] == {"type": "ova", "ref": {"version": "v1.36.3+acme.1"}}
    assert ova["metadata"]["labels"]["ova-version"] == "v1.36.3---acme.1"


def test_the_bill_of_materials(place: Path) -> None:
    """What `NewBom` and `NewTkrFromBom` of tanzu-framework want is there."""
    held, image, release = objects(place / "tkg.yaml")
    name = "v1.36.3---acme.1"
    assert held["metadata"]["namespace"] == "tkr-system"
    assert held["metadata"]["labels"] == {"tanzuKubernetesRelease": name}
    assert held["metadata"]["name"] == release["metadata"]["name"] == name
    bom = yaml.safe_load(base64.b64decode(held["binaryData"]["bomContent"], validate=True))
    assert bom["release"]["version"] == release["spec"]["version"]
    assert bom["imageConfig"]["imageRepository"] == "registry.k8s.io"
    ours = {"name": "debian", "version": "13", "arch": "amd64"}
    version = image["spec"]["image"]["ref"]["version"]
    assert bom["ova"] == [{"name": "ova-debian-13", "osinfo": ours, "version": version}]
    kubernetes = bom["components"].pop("kubernetes")
    assert [each["version"] for each in kubernetes] == ["v1.36.3"]
    assert set(kubernetes[0]["images"]) == {
        *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    }
    assert {name: each[0]["version"] for name, each in bom["components"].items()} == {
        "containerd": "v2.4.2", "etcd": "3.6.8-0", "coredns": "v1.14.0", "pause": "3.10.1",
    }  # fmt: skip
    assert bom["components"]["coredns"][0]["images"]["coredns"] == {
        "imagePath": "coredns/coredns", "tag": "v1.14.0"
    }  # fmt: skip


def test_what_the_bundle_gives(tmp_path: Path, bundle: Path) -> None:
    place = made(tmp_path / "made", bundle=bundle)
    image, release = objects(place / "supervisor.yaml")
    assert release["spec"]["bootstrapPackages"] == PACKAGES
    assert release["spec"]["kubernetes"] == VENDORS["spec"]["kubernetes"]
    assert release["spec"]["version"] == "v1.36.3+vmware.2-acme.1"
    assert release["metadata"]["name"] == "v1.36.3---vmware.2-acme.1"
    assert image["metadata"]["name"] == "debian-13-amd64-v1.36.3---vmware.2-acme.1"
    told = json.loads((place / "release.json").read_bytes())
    assert told["vendor"] == {"file": "vendor.tar.gz", "sha256": "b" * 64}
    assert "no bundle" not in " ".join(told["missing"])


def test_what_is_missing_is_said(place: Path) -> None:
    told = json.loads((place / "release.json").read_bytes())
    assert told["vendor"] is None
    assert "no bundle of the vendor's" in told["missing"][0]
    assert "no vCenter" in told["not_run"][0]
    assert set(told["files"]) == {each.name for each in place.iterdir()} - {"release.json"}


def test_the_properties_of_an_ova(place: Path) -> None:
    found = json.loads((place / "ovf-properties.json").read_bytes())
    assert all(len(key) <= 62 and isinstance(value, str) for key, value in found.items())
    assert found["VERSION"] == "v1.36.3+acme.1"
    assert found["vmware-system.tkr.os-name"] == "debian"
    image, release = objects(place / "supervisor.yaml")
    held = json.loads(found["vmware-system.tkr"])
    assert (held["name"], held["type"]) == (release["metadata"]["name"], "inline")
    assert held["version"] == release["spec"]["version"]
    assert unpacked(held["value"]) == release
    (image_of_it,) = json.loads(found["vmware-system.tkr.osi"])
    assert image_of_it["name"] == image["metadata"]["name"]
    assert unpacked(image_of_it["value"]) == image


def unpacked(value: str) -> Any:
    return yaml.safe_load(gzip.decompress(base64.b64decode(value, validate=True)))


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_stored_gzip(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    assert gzip.decompress(gzipped(data)) == data
    assert gzipped(data) == gzipped(copy.copy(data))
