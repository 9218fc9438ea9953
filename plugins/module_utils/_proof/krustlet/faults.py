"""Checks that Krustlet's node comes back: from its own death, and from what fails around it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from ..._machine.waiting import poll
from ..._workloads import container_images as images
from ..._workloads import registry
from ..check import Context, Verdict, check, compare
from ..matrix.columns import REGISTRY, REGISTRY_NAME, SETTINGS, bring_registry
from ..matrix.objects import labelled
from ..pods.pod import container, container_statuses, make_pod
from . import node as krustlet
from .joining import CERTIFICATES, UNIT, misplaced, node_name, not_ready

STAYS, DONE = f"stays-{krustlet.NAME}", f"order-{krustlet.NAME}"
WHICH = f"sha256sum {CERTIFICATES}/client.pem"
SHORT_LIFE = 600  # seconds; the API server allows no less
AWAY_FOR, GONE_WITHIN, BEATS = 120.0, 10.0, 60.0
PROMPT = 150.0  # what Krustlet does within a minute, in a guest that is emulated
TOO_MUCH = "1900"  # MiB: more than seven eighths of half a guest, less than malloc refuses
STATIC_PODS, ASIDE = "/etc/kubernetes/manifests", "/root/manifests"
ALIVE = "systemctl is-active kubelet containerd sshd ssh 2>/dev/null | sort | uniq -c"


def _stays(context: Context) -> str:
    """What is missing until the pod that must survive runs."""
    found = context.cluster.get(f"pod {STAYS}")
    if not found:
        return "there is no pod"
    state = container_statuses(found[0]).get("stays", {}).get("state", {})
    return "" if "running" in state else f"it does not run: {state}"


def _state(context: Context, pod: str) -> dict[str, Any]:
    """The state of a pod's container; empty while there is none."""
    found = context.cluster.get(f"pod {pod}")
    state: dict[str, Any] = (
        container_statuses(found[0]).get("stays", {}).get("state", {}) if found else {}
    )
    return state


def _restarts(context: Context) -> int:
    found = context.cluster.get(f"pod {STAYS}")
    return int(container_statuses(found[0])["stays"]["restartCount"]) if found else -1


def _pod(name: str, image: str, *words: str) -> dict[str, Any]:
    return make_pod(name, krustlet.NAME, [container("stays", image, words)])


@check("krustlet.begin", step=True)
def begin(context: Context) -> Verdict:
    """A pod that must survive what follows, with certificates of a few minutes' life."""
    bring_registry(context)
    before = context.sh(WHICH)
    context.sh(
        f"grep -q CERTIFICATE {SETTINGS} ||"
        f" echo KRUSTLET_CERTIFICATE_SECONDS={SHORT_LIFE} >>{SETTINGS};"
        " rm /var/lib/krustlet/kubeconfig; systemctl restart krustlet-join.service;"
        " systemctl restart krustlet.service",
        timeout=300,
    )
    if context.sh(WHICH) == before:
        return Verdict(False, "another certificate", "it did not join again")
    context.cluster.delete_pod(STAYS)
    context.cluster.apply([_pod(STAYS, images.CHECK, "say", "here", "sleep", "36000")])
    missing = poll(lambda: _stays(context), context.patience)
    return Verdict(not missing, "a pod that runs", missing or "a pod that runs")


@check("krustlet.killed")
def killed(context: Context) -> Verdict:
    """After `kill -9` the node is Ready and the pod runs again, and nothing else was disturbed."""
    runs = poll(lambda: _stays(context), context.patience)
    before, counted = context.sh(ALIVE), _restarts(context)
    context.sh(f"systemctl kill --signal=SIGKILL {UNIT}")

    def look() -> str:
        again = _restarts(context)
        return _stays(context) or ("" if again == counted + 1 else f"restarted {again} times")

    missing = poll(look, context.patience) or poll(lambda: not_ready(context), context.patience)
    return compare(before, runs + missing or context.sh(ALIVE))


@check("krustlet.away")
def away(context: Context) -> Verdict:
    """Two minutes without a control plane: the pod goes on, and the node is Ready soon after."""
    counted, pid = _restarts(context), context.sh(f"systemctl show --value -p MainPID {UNIT}")
    context.sh(f"mkdir -p {ASIDE} && mv {STATIC_PODS}/*.yaml {ASIDE}/")
    time.sleep(AWAY_FOR)
    context.sh(f"mv {ASIDE}/*.yaml {STATIC_PODS}/")
    missing = poll(lambda: not_ready(context), context.patience) or poll(
        lambda: _stays(context), context.patience
    )
    after = context.sh(f"systemctl show --value -p MainPID {UNIT}")
    found = missing or f"{_restarts(context)} restarts, process {after}"
    return compare(f"{counted} restarts, process {pid}", found)


@check("krustlet.replaced")
def replaced(context: Context) -> Verdict:
    """A pod that was deleted unseen ends, and the one that has its name now runs.

    A new API server cannot tell what came before it, so whoever watches reads the list anew.
    """
    pod = _pod(STAYS, images.CHECK, "say", "here", "sleep", "36000")
    pod["spec"]["nodeName"] = node_name(context)
    before = context.cluster.get(f"pod {STAYS}")[0]["metadata"]["uid"]
    context.sh(f"systemctl kill --signal=SIGSTOP {UNIT}")
    try:
        # One that does not watch it sees the pod go; one that never saw it is asked then.
        answers = _another_server(context)
        context.cluster.insist(f"delete pod {STAYS} --force --ignore-not-found")
        context.cluster.apply([pod])
        answers = answers or _another_server(context)
    finally:
        context.sh(f"systemctl kill --signal=SIGCONT {UNIT}")
    missing = answers or poll(lambda: _stays(context), context.patience)
    after = context.cluster.get(f"pod {STAYS}")[0]["metadata"]["uid"]
    left = context.sh(f"test -e /var/lib/krustlet/pods/{before} && echo its directory is left")
    found = missing or left or ("it is the same one" if before == after else "")
    return compare("", found)


def _another_server(context: Context) -> str:
    """What is missing until another API server answers in the place of the one that does."""
    context.sh("pkill -KILL -x kube-apiserver")

    def look() -> str:
        result = context.cluster.kubectl("get --raw /readyz", check=False)
        return "" if result.status == 0 else result.stderr.strip()

    return poll(look, context.patience)


@check("krustlet.stops")
def stops(context: Context) -> Verdict:
    """A program that never gives way and one that sleeps are gone soon after they were deleted,
    and nothing of them is left in Krustlet's process."""
    name, words = f"stops-{krustlet.NAME}", {"spins": "spin", "sleeps": "sleep"}
    made = [container(each, images.CHECK, [word, "36000"]) for each, word in words.items()]
    context.cluster.delete_pod(name)
    context.cluster.apply([make_pod(name, krustlet.NAME, made)])
    began = poll(lambda: _phase(context, name, "Running"), context.patience)
    begun = time.monotonic()
    context.cluster.insist(f"delete pod {name} --wait --timeout=120s")
    took = time.monotonic() - begun
    threads = context.sh(f"cat /proc/$(systemctl show --value -p MainPID {UNIT})/task/*/comm")
    left = [f"a thread {each}" for each in words if each in threads.split()]
    found = began or ", ".join([f"{took:.0f} s", *left])
    return Verdict(not began + "".join(left) and took <= GONE_WITHIN,
                   f"at most {GONE_WITHIN:.0f} s", found)  # fmt: skip


@check("krustlet.forced")
def forced(context: Context) -> Verdict:
    """A pod that was deleted by force, of which nobody hears any more, ends and leaves nothing."""
    name = f"forced-{krustlet.NAME}"
    context.cluster.delete_pod(name)
    context.cluster.apply([_pod(name, images.CHECK, "sleep", "36000")])
    began = poll(lambda: _phase(context, name, "Running"), context.patience)
    found = context.cluster.get(f"pod {name}")
    uid = found[0]["metadata"]["uid"] if found else "none"
    context.cluster.insist(f"delete pod {name} --force --grace-period=0")
    left = f"test -e /var/lib/krustlet/pods/{uid} && echo its directory is left"
    return compare("", began or poll(lambda: context.sh(left), PROMPT))


@check("krustlet.too_much")
def too_much(context: Context) -> Verdict:
    """A pod without a limit that wants more memory than the node has ends, and it alone."""
    name = f"greedy-{krustlet.NAME}"
    greedy = [container("stays", images.CHECK, ["allocate", TOO_MUCH])]
    counted = _restarts(context)
    context.cluster.delete_pod(name)
    context.cluster.apply([make_pod(name, krustlet.NAME, greedy, restartPolicy="Never")])

    def look() -> str:
        state = _state(context, name)
        ended = state.get("terminated", {})
        good = ended.get("reason") == "OOMKilled" and "node's pods" in ended.get("message", "")
        return "" if good else f"{name}: {state}"

    missing = poll(look, context.patience) or _stays(context)
    return compare(f"{counted} restarts", missing or f"{_restarts(context)} restarts")


@check("krustlet.ready_again")
def ready_again(context: Context) -> Verdict:
    """A pod that the cluster called not ready, as it does while its node is away, is so again."""
    change = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    patch = f"patch pod {STAYS} --subresource=status --type=strategic"
    context.cluster.insist(f"{patch} --patch='{json.dumps(change)}'")

    def look() -> str:
        found = context.cluster.get(f"pod {STAYS}")
        conditions = found[0].get("status", {}).get("conditions", []) if found else []
        ready = [each["status"] for each in conditions if each["type"] == "Ready"]
        return "" if ready == ["True"] else f"ready: {ready}"

    changed = look()
    return compare("", poll(look, PROMPT) if changed else "its condition cannot be changed")


def _phase(context: Context, name: str, phase: str) -> str:
    found = context.cluster.get(f"pod {name}")
    now = found[0].get("status", {}).get("phase") if found else "not there"
    return "" if now == phase else f"pod {name} is {now}"


def _pulls(fault: str, cause: str) -> Callable[[Context], Verdict]:
    """A check that a registry which fails so is told of, and asked again."""

    def look(context: Context) -> Verdict:
        name = f"pulls-{fault}-{krustlet.NAME}"
        context.cluster.delete_pod(name)
        # What runs needs its module no more; what begins finds none and pulls.
        context.sh(f"echo {fault} >{REGISTRY}/fault; rm -f /var/lib/krustlet/modules/*")
        context.cluster.apply([_pod(name, images.CHECK, "sleep", "36000")])

        missing = poll(lambda: _lacks(context, name, cause), context.patience)
        context.sh(f"rm {REGISTRY}/fault")
        missing = missing or poll(lambda: _phase(context, name, "Running"), context.patience)
        context.cluster.delete_pod(name)
        return compare("", missing)

    return look


def _lacks(context: Context, pod: str, cause: str) -> str:
    """Empty when the pod waits for its module, and says that it is for `cause`."""
    waits = _state(context, pod).get("waiting", {})
    said = f"{waits.get('reason')}: {waits.get('message')}"
    good = waits.get("reason") == "ErrImagePull" and re.search(cause, waits.get("message", ""))
    return "" if good else said


check("krustlet.registry_500")(_pulls("500", "500"))
check("krustlet.wrong_digest")(_pulls("digest", "digest"))


@check("krustlet.pull_secret")
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
    without, having = (_pod(f"{n}-{krustlet.NAME}", images.CHECK, "sleep", "36000")
                       for n in ("stranger", "reader"))  # fmt: skip
    having["spec"]["imagePullSecrets"] = [{"name": "pulls"}]
    names = [each["metadata"]["name"] for each in (without, having)]
    for name in names:
        context.cluster.delete_pod(name)
    context.sh(f"echo login >{REGISTRY}/fault; rm -f /var/lib/krustlet/modules/*")
    context.cluster.apply([secret, without])
    missing = poll(lambda: _lacks(context, names[0], "(?i)auth"), context.patience)
    context.cluster.apply([having])
    missing = missing or poll(lambda: _phase(context, names[1], "Running"), context.patience)
    context.sh(f"rm {REGISTRY}/fault")
    for name in names:
        context.cluster.delete_pod(name)
    return compare("", missing)


@check("krustlet.forgotten")
def forgotten(context: Context) -> Verdict:
    """A node object that was deleted is made again, with all that it must have."""
    context.cluster.insist(f"delete node {node_name(context)}")
    missing = poll(lambda: not_ready(context), context.patience)
    found = context.cluster.get(f"node {node_name(context)}")
    missing = missing or "; ".join(misplaced(found[0]))
    # The cluster deletes the pods of a node that it does not know.
    context.cluster.delete_pod(STAYS)
    context.cluster.apply([_pod(STAYS, images.CHECK, "say", "here", "sleep", "36000")])
    return compare("", missing or poll(lambda: _stays(context), context.patience))


@check("krustlet.drained")
def drained(context: Context) -> Verdict:
    """A drained node gives up its pods; stopped, it says so; back, it is still cordoned, and a pod
    that had succeeded still has."""
    node, name = node_name(context), f"drained-{krustlet.NAME}"
    context.cluster.delete_pod(name)
    context.cluster.apply([labelled(_pod(name, images.CHECK, "sleep", "36000"), drained=node)])
    found = poll(lambda: _phase(context, name, "Running"), context.patience)
    context.cluster.insist(f"drain {node} --pod-selector=drained={node} --force --timeout=60s")
    found = found or ("the pod is there" if context.cluster.get(f"pods -l drained={node}") else "")
    context.sh(f"systemctl stop {UNIT}")
    said = not_ready(context)
    found = found or ("" if said.startswith("not Ready") else f"stopped, it is {said or 'Ready'}")
    context.sh(f"systemctl start {UNIT}")
    found = found or poll(lambda: not_ready(context), context.patience)
    done = context.cluster.get(f"pod {DONE}")
    phase = done[0]["status"]["phase"] if done else "not there"
    found = found or ("" if phase == "Succeeded" else f"{DONE}, which had succeeded, is {phase}")
    cordoned = context.cluster.get(f"node {node}")[0]["spec"].get("unschedulable")
    context.cluster.insist(f"uncordon {node}")
    return compare("", found or ("" if cordoned else "it is not cordoned any more"))


@check("krustlet.renewed")
def renewed(context: Context) -> Verdict:
    """A certificate of a few minutes is renewed, and the pod of the node is not disturbed."""
    counted, first = _restarts(context), context.sh(WHICH)
    same = poll(lambda: "" if context.sh(WHICH) != first else "the same one", SHORT_LIFE)
    time.sleep(BEATS)  # the node has to be Ready by the new one
    found = same or not_ready(context) or _stays(context) or f"{_restarts(context)} restarts"
    return compare(f"{counted} restarts", found)
