"""Every object that a release has is valid by the schema of its own CustomResourceDefinition, and
what kubeadm is given by kubeadm.

Definitions lie in Go modules of their projects, which the test gets by versions and digests, with
the locked Go. Rules in CEL (`x-kubernetes-validations`) are an API server's to check.
"""

from __future__ import annotations

import copy
import functools
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from jsonschema import Draft202012Validator
from unit._export.release.told import VENDORS, bundled, made
from unit._export.release.variables import filled

# Module and version, the digest that Go's checksum database has of it, where its definitions lie.
MODULES = {
    "github.com/vmware-tanzu/tanzu-framework/apis/run@v0.0.0-20230419030809-7081502ebf68": (
        "h1:DMsg44rX3xSBDCoKYU7zfJGzs9dfPkMYmM7C5fFx7Es=",
        ("config/crd/bases",),
    ),
    "sigs.k8s.io/cluster-api@v1.14.0": (
        "h1:Cu0WV9dSdL+Do22q2LJ4OBZdm+d/6ep/L04yqFnifuM=",
        (
            "core/config/crd/bases",
            "bootstrap/kubeadm/config/crd/bases",
            "controlplane/kubeadm/config/crd/bases",
        ),
    ),
    "sigs.k8s.io/cluster-api-provider-vsphere@v1.14.0": (
        "h1:MR3Ry1DvFeeLHH4ldFi1kChpkkB5HPOWHP0viURbL8c=",
        ("config/default/crd/bases",),
    ),
}
# Kubernetes' own kinds have none.
WITHOUT = {("v1", "ConfigMap"), ("node.k8s.io/v1", "RuntimeClass")}
FILES = ("tkg.yaml", "supervisor.yaml", "cluster-capv.yaml", "cluster-supervisor.yaml")

Object = dict[str, Any]
Schemas = Mapping[tuple[str, str], Object]


@pytest.fixture(scope="session")
def schemas(online_go: dict[str, str]) -> Schemas:
    """(API version, kind) -> schema, of all that the modules define."""
    found: dict[tuple[str, str], Object] = {}
    for module, (digest, places) in MODULES.items():
        done = subprocess.run(
            ["go", "mod", "download", "-json", module],
            cwd="/",
            env=online_go,
            capture_output=True,
            text=True,
            check=False,
        )
        told = json.loads(done.stdout or "{}")
        assert told.get("Sum") == digest, done.stdout + done.stderr
        for place in places:
            for file in sorted(Path(told["Dir"], place).glob("*.yaml")):
                found |= dict(_versions(yaml.load(file.read_text(), Loader=LOADER)))
    return found


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # of the first, which is quicker


def _versions(definition: Object) -> Iterator[tuple[tuple[str, str], Object]]:
    spec = definition["spec"]
    for version in spec["versions"]:
        if version["served"]:
            api = f"{spec['group']}/{version['name']}"
            yield (api, spec["names"]["kind"]), strict(version["schema"]["openAPIV3Schema"])


def strict(schema: Any, *, top: bool = True) -> Any:
    """A structural schema as one of JSON Schema, in which an unknown key is an error: an API server
    would drop it."""
    if isinstance(schema, list):
        return [strict(each, top=False) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: value for key, value in schema.items() if key not in ("properties", "format")}
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
    if "properties" in schema:
        inner = {key: strict(each, top=False) for key, each in schema["properties"].items()}
        if top:
            inner["metadata"] = {"type": "object", "required": ["name"]}
        found["properties"] = inner
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            found.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            found[key] = strict(schema[key], top=False)
    return found


def faults(schemas: Schemas, each: Object) -> list[str]:
    """What the schema of its kind has against an object."""
    schema = schemas[each["apiVersion"], each["kind"]]
    return [str(error.message) for error in Draft202012Validator(schema).iter_errors(each)]


def objects(file: Path) -> list[Object]:
    """The objects of a file, with its variables filled in."""
    text = filled(file.read_text(), {})
    found = [each for each in yaml.safe_load_all(text) if each]
    return [each for each in found if (each["apiVersion"], each["kind"]) not in WITHOUT]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("release") / "made")


@pytest.mark.parametrize("name", FILES)
def test_an_object(schemas: Schemas, place: Path, name: str) -> None:
    found = objects(place / name)
    assert found
    for each in found:
        assert faults(schemas, each) == [], each["kind"]


def test_with_the_vendors_bundle(schemas: Schemas, tmp_path: Path) -> None:
    assert faults(schemas, VENDORS) == []
    bundle = bundled(tmp_path / "vendor.tar.gz", VENDORS)
    for each in objects(made(tmp_path / "made", bundle=bundle) / "supervisor.yaml"):
        assert faults(schemas, each) == []


def placed(path: str, value: Any, each: Object) -> Object:
    """A copy of an object with another value at `path`; None takes the key out."""
    found = copy.deepcopy(each)
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    at = functools.reduce(lambda inner, step: inner[step], steps, found)
    if value is None:
        del at[last]
    else:
        at[last] = value
    return found


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("OSImage", "spec.kubernetesVersion", None),
        ("OSImage", "spec.os.arch", None),
        ("OSImage", "spec.os.version", 13),
        ("OSImage", "spec.image.kind", "ova"),
        ("TanzuKubernetesRelease", "spec.version", None),
        ("TanzuKubernetesRelease", "spec.osImages", ["debian"]),
        ("TanzuKubernetesRelease", "spec.kubernetes.etcd.tag", "3.6.8-0"),
        ("TanzuKubernetesRelease", "spec.bootstrapPackages", [{"names": "antrea"}]),
        ("VSphereCluster", "spec.controlPlaneEndpoint.port", "6443"),
        ("VSphereMachineTemplate", "spec.template.spec.template", None),
        ("VSphereMachineTemplate", "spec.template.spec.networks", {}),
        ("VSphereMachineTemplate", "spec.template.spec.powerOffMode", "gentle"),
        ("KubeadmControlPlane", "spec.version", None),
        ("KubeadmControlPlane", "spec.replicas", "1"),
        ("KubeadmControlPlane", "spec.machineTemplate.infrastructureRef", {"name": "x"}),
        ("KubeadmConfigTemplate", "spec.template.spec.joinConfiguration.nodes", {}),
        ("MachineDeployment", "spec.clusterName", None),
        ("MachineDeployment", "spec.template.spec.bootstrap.configRef.apiVersion", "v1"),
        ("ClusterResourceSet", "spec.strategy", "Always"),
        ("ClusterResourceSet", "spec.resources.0.kind", "Deployment"),
        ("Cluster", "spec.infrastructureRef.apiVersion", "v1"),
        ("Cluster", "spec.clusterNetwork.pods.cidrBlocks", "10.244.0.0/16"),
    ],
)
def test_a_planted_mistake(schemas: Schemas, place: Path, kind: str, path: str, value: Any) -> None:
    file = place / ("supervisor.yaml" if kind in ("OSImage", VENDORS["kind"]) else FILES[2])
    found = next(each for each in objects(file) if each["kind"] == kind)
    assert faults(schemas, placed(path, value, found))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.topology.version", None),
        ("spec.topology.class", "builtin"),
        ("spec.topology.classRef", None),
        ("spec.topology.workers.machineDeployments.0.class", None),
        ("spec.topology.workers.machineDeployments.0.variables.overrides.0.value", None),
        ("spec.topology.controlPlane.metadata.annotation", {}),
    ],
)
def test_a_planted_mistake_in_a_topology(
    schemas: Schemas, place: Path, path: str, value: Any
) -> None:
    (found,) = objects(place / "cluster-supervisor.yaml")
    assert faults(schemas, placed(path, value, found))


@pytest.mark.parametrize(("old", "new"), [("", ""), ("podSubnet", "podNet"), ("v1beta4", "v1")])
def test_what_kubeadm_is_given(plan: Plan, place: Path, tmp_path: Path, old: str, new: str) -> None:
    stage = plan.stage("kubernetes")
    if not kept.is_kept(stage.id):
        pytest.skip("the stage kubernetes is not kept: run `make image` first")
    file = tmp_path / "kubeadm.yaml"
    file.write_text((place / "kubeadm.yaml").read_text().replace(old, new))
    argv = [kept.place(stage.id) / "kubeadm", "config", "validate", "--config", file]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (old == new), done.stderr


@pytest.mark.parametrize("api", ["v1alpha2", "v1beta3"])
def test_an_api_that_nobody_serves(schemas: Schemas, place: Path, api: str) -> None:
    (found,) = objects(place / "cluster-supervisor.yaml")
    with pytest.raises(KeyError):
        faults(schemas, {**found, "apiVersion": f"cluster.x-k8s.io/{api}"})
