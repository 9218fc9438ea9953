"""Checks that a registry that fails is told of, and asked again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from ..._machine.waiting import poll
from ..._workloads import registry
from ..check import Verdict, check, compare
from ..context import Context
from ..phases import KRUSTLET
from ..subjects import krustlet
from . import node
from .registry import REGISTRY, REGISTRY_NAME
from .survivor import phase_of, sleeper, state_of


def _pulls(fault: str, cause: str) -> Callable[[Context], Verdict]:
    """A check that a registry which fails so is told of, and asked again."""

    def look(context: Context) -> Verdict:
        name = f"pulls-{fault}-{node.NAME}"
        context.cluster.delete_pod(name)
        # What runs needs its module no more; what begins finds none and pulls.
        context.sure(f"echo {fault} >{REGISTRY}/fault; rm -f /var/lib/krustlet/modules/*")
        context.cluster.apply([sleeper(name, "sleep", "36000")])

        missing = poll(lambda: _lacks(context, name, cause), context.patience)
        context.sh(f"rm {REGISTRY}/fault")
        missing = missing or poll(lambda: phase_of(context, name, "Running"), context.patience)
        context.cluster.delete_pod(name)
        return compare("", missing)

    return look


def _lacks(context: Context, pod: str, cause: str) -> str:
    """Empty when the pod waits for its module, and says that it is for `cause`."""
    waits = state_of(context, pod).get("waiting", {})
    said = f"{waits.get('reason')}: {waits.get('message')}"
    good = waits.get("reason") == "ErrImagePull" and re.search(cause, waits.get("message", ""))
    return "" if good else said


check("krustlet.registry_500", KRUSTLET.at(140, of=krustlet))(_pulls("500", "500"))
check("krustlet.wrong_digest", KRUSTLET.at(150, of=krustlet))(_pulls("digest", "digest"))


@check("krustlet.pull_secret", KRUSTLET.at(160, of=krustlet))
def pull_secret(context: Context) -> Verdict:
    """Of a registry that asks who it is, a pod gets its module by its own secret, and only so."""
    login = {"username": registry.USER, "password": registry.PASSWORD}
    config = json.dumps({"auths": {REGISTRY_NAME: login}})
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": "pulls"},
        "stringData": {".dockerconfigjson": config},
    }
    without, having = (sleeper(f"{n}-{node.NAME}", "sleep", "36000")
                       for n in ("stranger", "reader"))  # fmt: skip
    having["spec"]["imagePullSecrets"] = [{"name": "pulls"}]
    names = [each["metadata"]["name"] for each in (without, having)]
    for name in names:
        context.cluster.delete_pod(name)
    context.sure(f"echo login >{REGISTRY}/fault; rm -f /var/lib/krustlet/modules/*")
    context.cluster.apply([secret, without])
    missing = poll(lambda: _lacks(context, names[0], "(?i)auth"), context.patience)
    context.cluster.apply([having])
    missing = missing or poll(lambda: phase_of(context, names[1], "Running"), context.patience)
    context.sh(f"rm {REGISTRY}/fault")
    for name in names:
        context.cluster.delete_pod(name)
    return compare("", missing)
