"""The pod that must survive what is done to Krustlet's node, and the step that begins with it."""

from __future__ import annotations

from typing import Any

from ..._machine.waiting import poll
from ..._workloads.container_images import CHECK
from ..check import Verdict, check
from ..context import Context
from ..phases import KRUSTLET
from ..pods.pod import container, make_pod
from ..pods.status import container_statuses
from ..subjects import krustlet
from . import node
from .joining import CERTIFICATES
from .registry import SETTINGS, bring_registry

STAYS = f"survivor-{node.NAME}"
LIFE, SHORT_LIFE = "KRUSTLET_CERTIFICATE_SECONDS", 600  # seconds; the API server allows no less


def certificate(context: Context) -> str:
    """The digest of the certificate that Krustlet shows. Raises `Silent` when it has none."""
    return context.sure(f"sha256sum {CERTIFICATES}/client.pem")


def stays(context: Context) -> str:
    """What is missing until the pod that must survive runs."""
    found = context.cluster.get(f"pod {STAYS}")
    if not found:
        return "there is no pod"
    state = container_statuses(found[0]).get("stays", {}).get("state", {})
    return "" if "running" in state else f"it does not run: {state}"


def state_of(context: Context, pod: str) -> dict[str, Any]:
    """The state of a pod's container; empty while there is none."""
    found = context.cluster.get(f"pod {pod}")
    state: dict[str, Any] = (
        container_statuses(found[0]).get("stays", {}).get("state", {}) if found else {}
    )
    return state


def restarts(context: Context) -> int:
    """How often the pod that must survive was started again; -1 when it is not there."""
    found = context.cluster.get(f"pod {STAYS}")
    return int(container_statuses(found[0])["stays"]["restartCount"]) if found else -1


def sleeper(name: str, *words: str) -> dict[str, Any]:
    """A pod with one container, `stays`, that runs workloads/check.c with these words."""
    return make_pod(name, node.NAME, [container("stays", CHECK, words)])


def phase_of(context: Context, name: str, phase: str) -> str:
    """What is missing until the pod called `name` is in `phase`."""
    found = context.cluster.get(f"pod {name}")
    now = found[0].get("status", {}).get("phase") if found else "not there"
    return "" if now == phase else f"pod {name} is {now}"


def another(context: Context) -> str:
    """What is missing of a new pod that must survive, in the place of the one that is there."""
    context.cluster.delete_pod(STAYS)
    context.cluster.apply([sleeper(STAYS, "say", "here", "sleep", "36000")])
    return poll(lambda: stays(context), context.patience)


def join_again(context: Context, setting: str = "") -> str:
    """What is missing of another certificate, after a join with this setting for its life."""
    before = certificate(context)
    context.sh(
        f"sed -i /^{LIFE}=/d {SETTINGS}; echo '{setting}' >>{SETTINGS};"
        " rm /var/lib/krustlet/kubeconfig; systemctl restart krustlet-join.service;"
        " systemctl restart krustlet.service",
        timeout=300,
    )
    return "it did not join again" if certificate(context) == before else ""


@check("krustlet.begin", KRUSTLET.at(20, of=krustlet), step=True)
def begin(context: Context) -> Verdict:
    """A pod that must survive what follows, with certificates of a few minutes' life."""
    bring_registry(context)
    if missing := join_again(context, f"{LIFE}={SHORT_LIFE}"):
        return Verdict(False, "another certificate", missing)
    missing = another(context)
    return Verdict(not missing, "a pod that runs", missing or "a pod that runs")
