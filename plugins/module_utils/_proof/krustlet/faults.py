"""Checks that Krustlet's node comes back: from its own death, and from what fails around it."""

from __future__ import annotations

import time

from ..._machine.waiting import poll
from ..check import Verdict, check, compare
from ..context import Context
from ..matrix.objects import labelled
from ..phases import KRUSTLET
from ..subjects import krustlet
from . import node
from .installed import UNIT
from .state import misplaced, node_name, not_ready
from .survivor import (
    SHORT_LIFE,
    STAYS,
    another,
    certificate,
    join_again,
    phase_of,
    restarts,
    sleeper,
    stays,
)

AWAY_FOR, BEATS = 120.0, 60.0
DONE = f"order-{node.NAME}"  # the pod of `krustlet.order`
STATIC_PODS, ASIDE = "/etc/kubernetes/manifests", "/root/manifests"
ALIVE = "systemctl is-active kubelet containerd sshd ssh 2>/dev/null | sort | uniq -c"


@check("krustlet.renewed", KRUSTLET.at(165, of=krustlet))
def renewed(context: Context) -> Verdict:
    """A certificate of a few minutes is renewed, and the pod of the node is not disturbed.

    What comes after this takes the API server away for minutes, in which such a one would run out.
    """
    counted, first = restarts(context), certificate(context)
    same = poll(lambda: "" if certificate(context) != first else "the same one", SHORT_LIFE)
    time.sleep(BEATS)  # the node has to be Ready by the new one
    found = same or not_ready(context) or stays(context) or f"{restarts(context)} restarts"
    again = join_again(context) or another(context)
    return compare(f"{counted} restarts", again or found)


@check("krustlet.killed", KRUSTLET.at(170, of=krustlet))
def killed(context: Context) -> Verdict:
    """After `kill -9` the node is Ready and the pod runs again, and nothing else was disturbed."""
    runs = poll(lambda: stays(context), context.patience)
    before, counted = context.sh(ALIVE), restarts(context)
    context.sure(f"systemctl kill --signal=SIGKILL {UNIT}")

    def look() -> str:
        again = restarts(context)
        return stays(context) or ("" if again == counted + 1 else f"restarted {again} times")

    missing = poll(look, context.patience) or poll(lambda: not_ready(context), context.patience)
    return compare(before, runs + missing or context.sh(ALIVE))


@check("krustlet.away", KRUSTLET.at(180, of=krustlet))
def away(context: Context) -> Verdict:
    """Two minutes without a control plane: the pod goes on, and the node is Ready soon after."""
    counted, pid = restarts(context), context.sh(f"systemctl show --value -p MainPID {UNIT}")
    context.sure(f"mkdir -p {ASIDE} && mv {STATIC_PODS}/*.yaml {ASIDE}/")
    time.sleep(AWAY_FOR)
    context.sure(f"mv {ASIDE}/*.yaml {STATIC_PODS}/")
    missing = poll(lambda: not_ready(context), context.patience) or poll(
        lambda: stays(context), context.patience
    )
    after = context.sh(f"systemctl show --value -p MainPID {UNIT}")
    found = missing or f"{restarts(context)} restarts, process {after}"
    return compare(f"{counted} restarts, process {pid}", found)


@check("krustlet.replaced", KRUSTLET.at(190, of=krustlet))
def replaced(context: Context) -> Verdict:
    """A pod that was deleted unseen ends, and the one that has its name now runs.

    A new API server cannot tell what came before it, so whoever watches reads the list anew.
    """
    pod = sleeper(STAYS, "say", "here", "sleep", "36000")
    pod["spec"]["nodeName"] = node_name(context)
    before = context.cluster.get(f"pod {STAYS}")[0]["metadata"]["uid"]
    context.sure(f"systemctl kill --signal=SIGSTOP {UNIT}")
    try:
        # One that does not watch it sees the pod go; one that never saw it is asked then.
        answers = _another_server(context)
        context.cluster.insist(f"delete pod {STAYS} --force --ignore-not-found")
        context.cluster.apply([pod])
        answers = answers or _another_server(context)
    finally:
        context.sure(f"systemctl kill --signal=SIGCONT {UNIT}")
    missing = answers or poll(lambda: stays(context), context.patience)
    after = context.cluster.get(f"pod {STAYS}")[0]["metadata"]["uid"]
    left = context.sh(f"test -e /var/lib/krustlet/pods/{before} && echo its directory is left")
    found = missing or left or ("it is the same one" if before == after else "")
    return compare("", found)


def _another_server(context: Context) -> str:
    """What is missing until another API server answers in the place of the one that does."""
    context.sure("pkill -KILL -x kube-apiserver")

    def look() -> str:
        result = context.cluster.kubectl("get --raw /readyz", check=False)
        return "" if result.status == 0 else result.stderr.strip()

    return poll(look, context.patience)


@check("krustlet.forgotten", KRUSTLET.at(200, of=krustlet))
def forgotten(context: Context) -> Verdict:
    """A node object that was deleted is made again, with all that it must have."""
    context.cluster.insist(f"delete node {node_name(context)}")
    missing = poll(lambda: not_ready(context), context.patience)
    found = context.cluster.get(f"node {node_name(context)}")
    missing = missing or "; ".join(misplaced(found[0]))
    # The cluster deletes the pods of a node that it does not know.
    again = another(context)
    return compare("", missing or again)


@check("krustlet.drained", KRUSTLET.at(210, of=krustlet))
def drained(context: Context) -> Verdict:
    """A drained node gives up its pods; stopped, it says so; back, it is still cordoned, and a pod
    that had succeeded still has."""
    here, name = node_name(context), f"drained-{node.NAME}"
    context.cluster.delete_pod(name)
    context.cluster.apply([labelled(sleeper(name, "sleep", "36000"), drained=here)])
    found = poll(lambda: phase_of(context, name, "Running"), context.patience)
    context.cluster.insist(f"drain {here} --pod-selector=drained={here} --force --timeout=60s")
    found = found or ("the pod is there" if context.cluster.get(f"pods -l drained={here}") else "")
    context.sure(f"systemctl stop {UNIT}")
    said = not_ready(context)
    found = found or ("" if said.startswith("not Ready") else f"stopped, it is {said or 'Ready'}")
    context.sure(f"systemctl start {UNIT}")
    found = found or poll(lambda: not_ready(context), context.patience)
    done = context.cluster.get(f"pod {DONE}")
    phase = done[0]["status"]["phase"] if done else "not there"
    found = found or ("" if phase == "Succeeded" else f"{DONE}, which had succeeded, is {phase}")
    cordoned = context.cluster.get(f"node {here}")[0]["spec"].get("unschedulable")
    context.cluster.insist(f"uncordon {here}")
    return compare("", found or ("" if cordoned else "it is not cordoned any more"))
