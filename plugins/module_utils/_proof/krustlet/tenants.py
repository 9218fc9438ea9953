"""Check that pods which want what is not theirs are told so, and that no other pod hears of it."""

from __future__ import annotations

import re
from typing import Any

from ..._machine.waiting import poll
from ..._workloads.container_images import CHECK
from ..check import Verdict, check, compare
from ..context import Context
from ..phases import KRUSTLET
from ..pods.pod import container, make_pod
from ..subjects import krustlet
from . import node
from .survivor import restarts, state_of, stays

DATA = "/var/lib/krustlet"
DOUBLED = 60
CONTAINERS = 41


def hostile() -> dict[str, tuple[dict[str, Any], str]]:
    """Each pod by its name, and how `reason: message` of its container reads."""
    doubled = [{"name": "V0", "value": "0123456789"}] + [
        {"name": f"V{number}", "value": f"$(V{number - 1})" * 2} for number in range(1, DOUBLED)
    ]
    words = ["sleep", "36000"]
    wrong = "CreateContainerConfigError: .*"
    return {
        "doubles": (_pod(container("stays", CHECK, words, env=doubled)), wrong + "2 MiB together"),
        "keys": (_host(DATA), wrong + "node's own"),
        "secrets": (_host(f"{DATA}/pods"), wrong + "node's own"),
        "above": (_host("/var/lib"), wrong + "node's own"),
        "itself": (_host("/proc/self"), wrong + "kernel's"),
        "reads": (
            _pod(container("stays", f"fs/{DATA}/kubeconfig")),
            "ErrImagePull: .*no file that every user may read",
        ),
        "many": (
            _pod(*(container(name, CHECK, words) for name in _names())),
            f"NotSupported: .*more than {CONTAINERS - 1} containers",
        ),
    }


def _names() -> list[str]:
    return ["stays", *(f"other{number}" for number in range(1, CONTAINERS))]


def _pod(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return make_pod("", node.NAME, list(containers), restartPolicy="Never", **more)


def _host(path: str) -> dict[str, Any]:
    mounts = [{"name": "host", "mountPath": "/host"}]
    volumes = [{"name": "host", "hostPath": {"path": path}}]
    return _pod(container("stays", CHECK, ["sleep", "36000"], volumeMounts=mounts), volumes=volumes)


@check("krustlet.tenants", KRUSTLET.at(125, of=krustlet))
def tenants(context: Context) -> Verdict:
    """What pods may not have they are not given, and the pod beside them runs on."""
    counted = restarts(context)
    pods = hostile()
    for name, (pod, _) in pods.items():
        pod["metadata"]["name"] = f"{name}-{node.NAME}"
        context.cluster.delete_pod(f"{name}-{node.NAME}")
    context.cluster.apply([pod for pod, _ in pods.values()])

    def look() -> str:
        wrong = []
        for name, (_, wanted) in pods.items():
            waits = state_of(context, f"{name}-{node.NAME}").get("waiting", {})
            said = f"{waits.get('reason')}: {waits.get('message')}"
            if not re.match(wanted, said, re.DOTALL):
                wrong.append(f"{name}: {said}")
        return "; ".join(wrong)

    missing = poll(look, context.patience) or stays(context)
    for name in pods:
        context.cluster.delete_pod(f"{name}-{node.NAME}")
    return compare(f"{counted} restarts", missing or f"{restarts(context)} restarts")
