"""The pods of the matrix: one of each kind for an engine, asked for at once."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..._workloads import container_images as images
from ..._workloads.onnx import WEIGHTS, weights
from ..krustlet import node as krustlet
from ..pods import pod as pods
from ..pods.pod import ExpectedPod, container, make_pod
from ..runtimes import RUNTIMES
from . import cells

MANIFESTS = "docs/pods"
PORT = 8080
SPIN_SECONDS = 8
GRACE_SECONDS = 30  # longer than a pod may take that heeds SIGTERM
LABEL = "vessel.test/matrix=yes"
MODULE, SIDECAR = "module", "native"
PROGRAMS = {MODULE: images.APP, SIDECAR: images.NATIVE_APP}
HOOKS = "/run/vessel-hooks"  # on the node: what hooks of a pod that is gone have written


def labelled(made: dict[str, Any], **labels: str) -> dict[str, Any]:
    """`made` as an object of the matrix."""
    key, _, value = LABEL.partition("=")
    made["metadata"]["labels"] = {key: value, **labels}
    return made


def beside(handler: str) -> ExpectedPod:
    """A module and a native program in one pod."""
    wanted = pods.beside(handler, f"beside-{handler}", restartPolicy="Never")
    return replace(wanted, pod=labelled(dict(wanted.pod)))


def objects(handler: str) -> list[Mapping[str, Any]]:
    """What is asked for at once: each pod runs while others are looked at."""
    inputs = [[random.uniform(-2, 2) for _ in WEIGHTS] for _ in range(3)]
    once: dict[str, Any] = {"restartPolicy": "Never"}
    patient = {**once, "terminationGracePeriodSeconds": GRACE_SECONDS}
    of = partial(make_pod, runtime_class=handler)
    busy = container("busy", images.CHECK, ["spin", str(SPIN_SECONDS), "sleep", "3600"])
    serves = container("serves", images.SERVERS[RUNTIMES[handler].http])
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"serves-{handler}"},
        "spec": {"selector": {"serves": handler}, "ports": [{"port": PORT}]},
    }
    cells_name = f"cells-{handler}"
    plain, unusual = map(cells.containers, (cells.plain(cells_name), cells.unusual()))
    models = _models(handler, inputs)
    return [
        labelled(of(cells_name, containers=plain, volumes=cells.VOLUMES, **once)),
        labelled(of(f"unusual-{handler}", containers=unusual, **once)),
        *(labelled(each) for each in models),
        labelled(of(f"busy-{handler}", containers=[busy], **patient)),
        labelled(of(f"serves-{handler}", containers=[serves]), serves=handler),
        labelled(service),
        beside(handler).pod,
        *staying(handler),
    ]


def staying(handler: str) -> list[dict[str, Any]]:
    """The pods that are reached into while they run."""
    of = partial(make_pod, runtime_class=handler, restartPolicy="Never")
    stay = ["sleep", "3600"]
    both = [(MODULE, images.CHECK), (SIDECAR, images.NATIVE)]
    # Less is requested than allowed: a resize must not change the pod's quality of service.
    resources = {"limits": {"cpu": "500m", "memory": "128Mi"}, "requests": {"cpu": "50m"}}
    plain = [container(name, image, stay, resources=resources) for name, image in both]
    tended = [container(name, image, stay, **_tended(name)) for name, image in both]
    hooks = {"name": "hooks",
             "hostPath": {"path": f"{HOOKS}/{handler}", "type": "DirectoryOrCreate"}}  # fmt: skip
    typed = container(MODULE, images.CHECK, ["input", "say", "the end"], stdin=True, stdinOnce=True)
    users = container(MODULE, images.CHECK, stay)
    return [
        labelled(of(f"stays-{handler}", containers=plain)),
        labelled(of(f"tended-{handler}", containers=tended, volumes=[hooks],
                    terminationGracePeriodSeconds=GRACE_SECONDS)),
        labelled(of(f"input-{handler}", containers=[typed])),
        labelled(of(f"users-{handler}", containers=[users], hostUsers=False)),
    ]  # fmt: skip


def _tended(name: str) -> dict[str, Any]:
    """A probe and a hook that execute the container's own program."""

    def execute(*words: str) -> dict[str, Any]:
        return {"exec": {"command": [PROGRAMS[name], *words]}}

    return {
        "readinessProbe": {**execute("say", "ready"), "periodSeconds": 5, "timeoutSeconds": 30},
        "lifecycle": {"preStop": execute("write", f"/hooks/{name}", name)},
        "volumeMounts": [{"name": "hooks", "mountPath": "/hooks"}],
    }


def _models(handler: str, inputs: list[list[float]]) -> list[dict[str, Any]]:
    """The pod that puts `inputs` through the models, and what it needs."""
    containers: list[dict[str, Any]] = cells.containers(cells.models(inputs))
    name = f"models-{handler}"
    if handler != krustlet.NAME:
        return [make_pod(name, handler, containers, restartPolicy="Never")]
    # An artifact is a module and nothing else: the weights come in a volume.
    held = base64.b64encode(weights()).decode()
    brought = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
               "binaryData": {images.WEIGHTS.lstrip("/"): held}}  # fmt: skip
    mounts = [{"name": "weights", "mountPath": "/"}]
    mounted = [{**each, "volumeMounts": mounts} for each in containers]
    volumes = [{"name": "weights", "configMap": {"name": name}}]
    return [brought, make_pod(name, handler, mounted, restartPolicy="Never", volumes=volumes)]


def manifest(root: Path, column: str) -> str:
    """The manifest that the documentation has for this column; `root` is the project's."""
    return (root / MANIFESTS / f"{column}.yaml").read_text(encoding="utf-8")
