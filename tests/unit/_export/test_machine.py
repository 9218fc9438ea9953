"""What formats say of the machine: from the shortest spec, and from one that says all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.machine import Node, machine
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions import (
    DISTRIBUTIONS,
)
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec

NODE = Node(
    name="own",
    distribution=DISTRIBUTIONS["debian"],
    release="13",
    architecture="amd64",
    kubernetes="v1.36.3",
    containerd="2.4.2",
    cni_plugins="v1.9.1",
    engines=("wasmedge", "wasmtime"),
    epoch=1_795_252_544,
)
HOSTILE = "a & \"b\" <c> 'd'\n\té\U0001f980]]>"


def described(directory: Path, text: str = "{}") -> dict[str, Any]:
    """The machine of a spec with this section, for NODE."""
    spec = directory / "own.yml"
    spec.write_text(
        f'schema: 1\nname: own\nkubernetes: {{version: "1.36.3"}}\nmachine: {text}\n',
        encoding="utf-8",
    )
    return machine(load_spec(spec).machine, NODE)


def test_the_machine_of_the_shortest_spec(tmp_path: Path) -> None:
    found = described(tmp_path)
    product = found.pop("product")
    title = "own: Kubernetes v1.36.3 on debian 13"
    assert found == {
        "processors": 2,
        "memory": 4096,
        "hardware_version": 21,
        "firmware": "efi",
        "disk_controller": "pvscsi",
        "disks": [],
        "networks": ["nic0"],
        "guest": "debian12_64Guest",
        "cim": 96,
        "release": "13",
        "annotation": f"{title}, WebAssembly by wasmedge, wasmtime",
        "extra_configuration": {
            "guestinfo.vmservice.defer-cloud-init": "ready",
            "vmservice.vmi.labels": "vessel.dev/wasm-wasmedge:true,vessel.dev/wasm-wasmtime:true",
        },
    }
    properties = product.pop("properties")
    assert product == {
        "name": title,
        "vendor": "",
        "version": "v1.36.3",
        "category": "Cluster API Provider (CAPI)",
    }
    assert properties == {
        "BUILD_TIMESTAMP": "1795252544",
        "BUILD_DATE": "2026-11-21T09:15:44Z",
        "IMAGE_BUILDER_VERSION": "vessel",
        "DISTRO_NAME": "debian",
        "DISTRO_VERSION": "13",
        "DISTRO_ARCH": "amd64",
        "vmware-system.tkr.os-type": "linux",
        "vmware-system.tkr.os-name": "debian",
        "vmware-system.tkr.os-version": "13",
        "vmware-system.tkr.os-arch": "amd64",
        "CNI_VERSION": "v1.9.1",
        "CONTAINERD_VERSION": "v2.4.2",
        "KUBERNETES_SEMVER": "v1.36.3",
        "KUBERNETES_SOURCE_TYPE": "source",
        "capabilities.image.vmoperator.vmware.com": "cloud-init",
        "vessel.wasm.runtimes": "wasmedge,wasmtime",
        "VERSION": "v1.36.3",
    }


def test_what_a_spec_says_comes_before_all(tmp_path: Path) -> None:
    quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    key = "k" * 62
    found = described(
        tmp_path,
        f"""
  hardware_version: 13
  networks: [front, front, "the back"]
  disks: [{{size: 20}}, {{size: 20}}]
  guest: other5xLinux64Guest
  annotation: "{quoted}"
  labels: {{example.com/team: a, vessel.dev/wasm-wasmtime: "", z: ""}}
  extra_configuration: {{guestinfo.vmservice.defer-cloud-init: "", disk.EnableUUID: "TRUE"}}
  product:
    name: "{quoted}"
    vendor: Example Inc.
    version: v1.36.3+example.1
    properties:
      - {{key: {key}, value: "{quoted}"}}
      - {{key: DISTRO_NAME, value: other}}
""".replace("\t", "\\t"),
    )
    assert found["guest"] == "other5xLinux64Guest"
    assert found["networks"] == ["front", "front", "the back"]
    assert found["disks"] == [20, 20]
    assert found["annotation"] == HOSTILE
    assert found["extra_configuration"] == {
        "guestinfo.vmservice.defer-cloud-init": "",
        "vmservice.vmi.labels": "example.com/team:a,vessel.dev/wasm-wasmedge:true,"
        "vessel.dev/wasm-wasmtime:,z:",
        "disk.EnableUUID": "TRUE",
    }
    assert found["product"]["name"] == HOSTILE
    assert found["product"]["version"] == "v1.36.3+example.1"
    properties = found["product"]["properties"]
    assert properties["VERSION"] == "v1.36.3+example.1"
    assert properties[key] == HOSTILE
    assert properties["DISTRO_NAME"] == "other"


@pytest.mark.parametrize(
    ("version", "guest"),
    [(13, "debian12_64Guest"), (21, "debian12_64Guest"), (22, "debian13_64Guest")],
)
def test_the_guest_is_one_that_the_hardware_knows(tmp_path: Path, version: int, guest: str) -> None:
    assert described(tmp_path, f"{{hardware_version: {version}}}")["guest"] == guest
