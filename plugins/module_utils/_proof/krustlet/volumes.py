"""Check of the volumes and variables of Krustlet's pods."""

from __future__ import annotations

import base64
from typing import Any

from ..._workloads import container_images as images
from ..check import Verdict, check, compare
from ..context import Context
from ..matrix.ended import Ended
from ..phases import KRUSTLET
from ..pods.pod import container, make_pod
from ..subjects import krustlet
from . import node
from .containers import anew
from .state import node_name

HOST_DIRECTORY = "/etc/vessel"
KINDS = {
    "config": "from a ConfigMap\n",
    "secret": "from a Secret\n",
    "projected": "from a ConfigMap\nfrom a Secret\nvolumes-krustlet\n",
}


def objects() -> list[dict[str, Any]]:
    """What the pods of these checks refer to."""
    text = "from a Secret\n"
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kinds"},
         "data": {"config": "from a ConfigMap\n"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "kinds"},
         "data": {"secret": base64.b64encode(text.encode()).decode()}},
    ]  # fmt: skip


def volumes_pod() -> dict[str, Any]:
    """A pod that reads a volume of each kind, and gets variables from where they may come."""
    projected = [
        {"configMap": {"name": "kinds"}},
        {"secret": {"name": "kinds"}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
        {"serviceAccountToken": {"path": "token"}},
    ]
    volumes = [
        {"name": "config", "configMap": {"name": "kinds"}},
        {"name": "secret", "secret": {"secretName": "kinds"}},
        {"name": "projected", "projected": {"sources": projected}},
        {"name": "host", "hostPath": {"path": HOST_DIRECTORY, "type": "Directory"}},
    ]
    mounts = [{"name": each["name"], "mountPath": f"/{each['name']}"} for each in volumes]
    variables = [
        {"name": "MAP", "valueFrom": {"configMapKeyRef": {"name": "kinds", "key": "config"}}},
        {"name": "HIDDEN", "valueFrom": {"secretKeyRef": {"name": "kinds", "key": "secret"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "BOTH", "value": "$(NODE) $(MISSING)"},
    ]
    more = {"volumeMounts": mounts}
    projection = [
        "read",
        "/projected/config",
        "read",
        "/projected/secret",
        "read",
        "/projected/name",
    ]
    containers = [
        container("config", images.CHECK, ["read", "/config/config"], **more),
        container("secret", images.CHECK, ["read", "/secret/secret"], **more),
        container("projected", images.CHECK, [*projection, "say", ""], **more),
        container("token", images.CHECK, ["read", "/projected/token", "say", ""], **more),
        container("host", images.CHECK, ["read", "/host/release"], **more),
        container("readonly", images.CHECK, ["write", "/config/config", "changed"], **more),
        container("variables", images.CHECK,
                  [w for name in ("MAP", "HIDDEN", "NODE", "BOTH") for w in ("env", name)],
                  env=variables),
    ]  # fmt: skip
    name = f"volumes-{node.NAME}"
    return make_pod(name, node.NAME, containers, restartPolicy="Never", volumes=volumes)


@check("krustlet.volumes", KRUSTLET.at(30, of=krustlet))
def volumes(context: Context) -> Verdict:
    """Every kind of volume holds what it must, and what is the cluster's cannot be written."""
    anew(context, [*objects(), volumes_pod()])
    ended = Ended()
    here = node_name(context)
    expected = {
        **KINDS,
        "variables": f"from a ConfigMap\n\nfrom a Secret\n\n{here}\n{here} $(MISSING)\n",
        "host": context.sure(f"cat {HOST_DIRECTORY}/release") + "\n",
    }
    wrong = []
    for name, text in expected.items():
        seen = ended.container(context, f"volumes-{node.NAME}", name)
        if isinstance(seen, str) or (seen.status, seen.log) != (0, text):
            wrong.append(f"{name}: {seen}")
    token = ended.container(context, f"volumes-{node.NAME}", "token")
    if isinstance(token, str) or token.log.count(".") != 2:
        wrong.append("token: no JSON web token")
    written = ended.container(context, f"volumes-{node.NAME}", "readonly")
    if isinstance(written, str) or written.status == 0:
        wrong.append(f"readonly: {written}")
    return compare("", "; ".join(wrong))
