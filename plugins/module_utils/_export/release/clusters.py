"""What creates a cluster of nodes with the image.

What only its user knows is a variable of clusterctl's, `${NAME}` or `${NAME:=default}`; the names
are those of the vSphere provider's own templates. Formats: Cluster API's `v1beta2`, and of its
provider for vSphere `infrastructure.cluster.x-k8s.io/v1beta1`, which 1.14 serves, and so does its
head of August 2026: https://github.com/kubernetes-sigs/cluster-api-provider-vsphere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .objects import Known
from .writing import Number

CLUSTER, NAMESPACE = "${CLUSTER_NAME}", "${NAMESPACE}"
SELECTED = {"cluster.x-k8s.io/cluster-name": CLUSTER}
POD_NETWORK, SERVICE_NETWORK = "10.244.0.0/16", "10.96.0.0/12"
CORE, INFRASTRUCTURE = "cluster.x-k8s.io", "infrastructure.cluster.x-k8s.io"
CONTROL_PLANES = Number("${CONTROL_PLANE_MACHINE_COUNT:=1}")
WORKERS = Number("${WORKER_MACHINE_COUNT:=2}")
OF_VSPHERE = ("datacenter", "datastore", "folder", "resourcePool", "server")
# What the vendor's images are found by is what ours is found by: labels of its OSImage.
RESOLVE = "run.tanzu.vmware.com/resolve-os-image"
VKS_NAMESPACE, VKS_POOL = "vmware-system-vks-public", "node-pool"


def capv(known: Known, runtime_classes: str) -> list[dict[str, Any]]:
    """A cluster on vCenter itself, by Cluster API's provider for vSphere."""
    wasm = f"{CLUSTER}-wasm"
    external = [{"name": "cloud-provider", "value": "external"}]
    node = {
        "criSocket": "unix:///run/containerd/containerd.sock",
        "kubeletExtraArgs": external,
        "name": "{{ local_hostname }}",
    }
    before = ['hostnamectl set-hostname "{{ ds.meta_data.hostname }}"']
    control_plane = {
        "replicas": CONTROL_PLANES,
        "version": known.tag,
        "machineTemplate": {
            "spec": {"infrastructureRef": _reference(INFRASTRUCTURE, "VSphereMachineTemplate")}
        },
        "kubeadmConfigSpec": {
            "clusterConfiguration": {"controllerManager": {"extraArgs": external}},
            "initConfiguration": {"nodeRegistration": node},
            "joinConfiguration": {"nodeRegistration": node},
            "preKubeadmCommands": before,
        },
    }
    joining = {"joinConfiguration": {"nodeRegistration": node}, "preKubeadmCommands": before}
    machines = {
        "clusterName": CLUSTER,
        "version": known.tag,
        "bootstrap": {
            "configRef": _reference("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate", wasm)
        },
        "infrastructureRef": _reference(INFRASTRUCTURE, "VSphereMachineTemplate", wasm),
    }
    deployment = {
        "clusterName": CLUSTER,
        "replicas": WORKERS,
        "selector": {"matchLabels": {}},
        "template": {"metadata": {"labels": SELECTED}, "spec": machines},
    }
    cluster = {
        **_networks(),
        "controlPlaneRef": _reference("controlplane.cluster.x-k8s.io", "KubeadmControlPlane"),
        "infrastructureRef": _reference(INFRASTRUCTURE, "VSphereCluster"),
    }
    template = {"template": {"spec": _machine(known)}}
    bootstrap, vsphere = "bootstrap.cluster.x-k8s.io/v1beta2", f"{INFRASTRUCTURE}/v1beta1"
    return [
        _object(f"{CORE}/v1beta2", "Cluster", cluster, labels=SELECTED),
        _object(vsphere, "VSphereCluster", _vsphere_cluster()),
        _object(vsphere, "VSphereMachineTemplate", template),
        _object(vsphere, "VSphereMachineTemplate", template, wasm),
        _object("controlplane.cluster.x-k8s.io/v1beta2", "KubeadmControlPlane", control_plane),
        _object(bootstrap, "KubeadmConfigTemplate", {"template": {"spec": joining}}, wasm),
        _object(f"{CORE}/v1beta2", "MachineDeployment", deployment, wasm, labels=SELECTED),
        *_resource_set(runtime_classes),
    ]


def supervisor(known: Known, engines: Sequence[str]) -> list[dict[str, Any]]:
    """A cluster of the vSphere Kubernetes Service, by a ClusterClass of the Supervisor's."""
    system = known.os
    image = f"os-name={system['name']},os-version={system['version']},os-arch={system['arch']}"
    metadata = {"annotations": {RESOLVE: image}}
    wasm = {"labels": {f"vessel.dev/wasm-{engine}": "true" for engine in engines}}
    topology = {
        "classRef": {"name": "${CLUSTER_CLASS}", "namespace": VKS_NAMESPACE},
        "version": known.name,
        "variables": [
            {"name": "vmClass", "value": "${VM_CLASS}"},
            {"name": "storageClass", "value": "${STORAGE_CLASS}"},
        ],
        "controlPlane": {"metadata": metadata, "replicas": CONTROL_PLANES},
        "workers": {
            "machineDeployments": [
                {
                    "class": VKS_POOL,
                    "name": "wasm",
                    "metadata": metadata,
                    "replicas": WORKERS,
                    "variables": {"overrides": [{"name": "node", "value": wasm}]},
                }
            ]
        },
    }
    return [_object(f"{CORE}/v1beta2", "Cluster", {**_networks(), "topology": topology})]


def kubeadm(known: Known) -> list[dict[str, Any]]:
    """A cluster of one node without any provider: `kubeadm init --config`."""
    api = "kubeadm.k8s.io/v1beta4"
    return [
        # No taint, as this node runs the pods, too.
        {"apiVersion": api, "kind": "InitConfiguration", "nodeRegistration": {"taints": []}},
        {
            "apiVersion": api,
            "kind": "ClusterConfiguration",
            "kubernetesVersion": known.tag,
            "networking": {"podSubnet": POD_NETWORK},
        },
    ]


def _machine(known: Known) -> dict[str, Any]:
    """The machine has the processors, memory and disk of the image's own description."""
    return {
        "template": f"${{VSPHERE_TEMPLATE:={known.os_image}}}",
        "cloneMode": "fullClone",
        "os": "Linux",
        "powerOffMode": "trySoft",
        "network": {"devices": [{"dhcp4": True, "networkName": "${VSPHERE_NETWORK}"}]},
        **{name: _of_vsphere(name) for name in OF_VSPHERE},
    }


def _vsphere_cluster() -> dict[str, Any]:
    return {
        "controlPlaneEndpoint": {
            "host": "${CONTROL_PLANE_ENDPOINT_IP}",
            "port": Number("${CONTROL_PLANE_ENDPOINT_PORT:=6443}"),
        },
        "identityRef": {"kind": "Secret", "name": CLUSTER},
        "server": _of_vsphere("server"),
        "thumbprint": "${VSPHERE_TLS_THUMBPRINT}",
    }


def _of_vsphere(name: str) -> str:
    return "${VSPHERE_" + name.replace("P", "_P").upper() + "}"


def _resource_set(runtime_classes: str) -> list[dict[str, Any]]:
    """What puts the RuntimeClasses into the cluster."""
    name = f"{CLUSTER}-runtime-classes"
    resources = {
        "clusterSelector": {"matchLabels": SELECTED},
        "strategy": "Reconcile",
        "resources": [{"kind": "ConfigMap", "name": name}],
    }
    held = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "data": {"runtimeclasses.yaml": runtime_classes},
    }
    return [_object("addons.cluster.x-k8s.io/v1beta2", "ClusterResourceSet", resources, name), held]


def _networks() -> dict[str, Any]:
    return {
        "clusterNetwork": {
            "pods": {"cidrBlocks": [POD_NETWORK]},
            "services": {"cidrBlocks": [SERVICE_NETWORK]},
            "serviceDomain": "cluster.local",
        }
    }


def _reference(group: str, kind: str, name: str = CLUSTER) -> dict[str, str]:
    return {"apiGroup": group, "kind": kind, "name": name}


def _object(
    api: str,
    kind: str,
    spec: dict[str, Any],
    name: str = CLUSTER,
    *,
    labels: dict[str, str] | None = None,
) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE, **({"labels": labels} if labels else {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
