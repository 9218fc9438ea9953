"""Checks of the containers of Krustlet's pods: order, restarts, logs, many at once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..._machine.waiting import poll
from ..._workloads import container_images as images
from ..check import Verdict, check, compare
from ..context import Context
from ..matrix.ended import Ended
from ..matrix.objects import labelled
from ..phases import KRUSTLET
from ..pods.pod import container, make_pod
from ..pods.status import container_statuses
from ..subjects import krustlet
from . import node

MANY, FOLLOWED_FOR = 20, 6
NO_EXEC = "no other process"


@check("krustlet.order", KRUSTLET.at(40, of=krustlet))
def order(context: Context) -> Verdict:
    """Init containers run one after the other, and before the others."""
    mounts = [{"name": "data", "mountPath": "/data"}]

    def step(name: str, *words: str) -> dict[str, Any]:
        return container(name, images.CHECK, words, volumeMounts=mounts)

    pod = make_pod(
        f"order-{node.NAME}",
        node.NAME,
        [step("last", "read", "/data/second")],
        initContainers=[
            step("first", "sleep", "2", "write", "/data/first", "one"),
            step("second", "read", "/data/first", "write", "/data/second", "two"),
        ],
        volumes=[{"name": "data", "emptyDir": {}}],
        restartPolicy="Never",
    )
    anew(context, [pod])
    seen = Ended().container(context, pod["metadata"]["name"], "last")
    found = seen if isinstance(seen, str) else f"status {seen.status}, log {seen.log!r}"
    return compare("status 0, log 'two\\n'", found)


@check("krustlet.restarts", KRUSTLET.at(50, of=krustlet))
def restarts(context: Context) -> Verdict:
    """Each restart policy holds: how often a program was started that fails, or does not."""
    policies = {"never": "Never", "onfailure": "OnFailure", "always": "Always"}
    made = [
        make_pod(
            f"{name}-{node.NAME}",
            node.NAME,
            [container("fails", images.CHECK, ["exit", "3"]),
             container("ends", images.CHECK, ["exit", "0"])],
            restartPolicy=policy,
        )
        for name, policy in policies.items()
    ]  # fmt: skip
    anew(context, made)

    def look() -> str:
        found = {name: _counts(context, f"{name}-{node.NAME}") for name in policies}
        never, onfailure, always = found["never"], found["onfailure"], found["always"]
        good = (
            never == {"fails": 0, "ends": 0}
            and onfailure.get("fails", 0) >= 2
            and onfailure.get("ends") == 0
            and min(always.values(), default=0) >= 2
        )
        return "" if good else json.dumps(found)

    missing = poll(look, 120.0)
    phase = context.cluster.get(f"pod never-{node.NAME}")[0]["status"]["phase"]
    for pod in made:
        context.cluster.delete_pod(pod["metadata"]["name"])
    return Verdict(not missing and phase == "Failed", "as often as each policy says",
                   missing or f"as each says; Never: {phase}")  # fmt: skip


def _counts(context: Context, pod: str) -> dict[str, int]:
    found = context.cluster.get(f"pod {pod}")
    statuses = container_statuses(found[0]) if found else {}
    return {name: status.get("restartCount", 0) for name, status in statuses.items()}


@check("krustlet.logs", KRUSTLET.at(60, of=krustlet))
def logs(context: Context) -> Verdict:
    """`kubectl logs` by its options: the last line, one that follows, and the run before."""
    name = f"logs-{node.NAME}"
    words = ["say", "one", "say", "two", "sleep", str(FOLLOWED_FOR), "say", "three", "exit", "1"]
    pod = make_pod(name, node.NAME, [container("says", images.CHECK, words)],
                   restartPolicy="OnFailure")  # fmt: skip
    anew(context, [pod])
    began = poll(lambda: "" if "two" in _log(context, name) else "no log yet", context.patience)
    begun = time.monotonic()
    followed = _log(context, name, "--follow --tail=1")
    took = time.monotonic() - begun
    again = poll(lambda: "" if _counts(context, name).get("says") else "not yet", 60)
    previous = _log(context, name, "--previous")
    context.cluster.delete_pod(name)
    expected = ("two\nthree\n", "one\ntwo\nthree\n", True)
    found = (followed, previous, took > 1)
    return Verdict(not began + again and found == expected, str(expected), f"{began}{again}{found}")


def _log(context: Context, pod: str, options: str = "") -> str:
    return context.cluster.kubectl(f"logs {pod} {options}", check=False).stdout


@check("krustlet.many", KRUSTLET.at(70, of=krustlet))
def many(context: Context) -> Verdict:
    """So many pods run at once, each with its own name in its log, and go again."""
    names = [f"many{number}-{node.NAME}" for number in range(MANY)]
    source = {"fieldRef": {"fieldPath": "metadata.name"}}
    each = container("one", images.HELLO, env=[
        {"name": "HELLO_FROM", "valueFrom": source}, {"name": "HELLO_STAY", "value": "1"},
    ])  # fmt: skip
    label = {"many": node.NAME}
    made = [labelled(make_pod(name, node.NAME, [each]), **label) for name in names]
    begun = time.monotonic()
    anew(context, made)

    def look() -> str:
        pods = context.cluster.get(f"pods -l many={node.NAME}")
        running = sum(pod["status"].get("phase") == "Running" for pod in pods)
        return "" if running == MANY else f"{running} run"

    missing = poll(look, context.patience)
    took = time.monotonic() - begun
    said = context.cluster.kubectl(
        f"logs -l many={node.NAME} --max-log-requests={MANY} --tail=-1", check=False
    ).stdout
    lacking = [name for name in names if f"hello from {name} " not in said]
    context.cluster.insist(f"delete pods -l many={node.NAME} --wait --timeout=120s --now")
    found = missing or (f"no word of {', '.join(lacking)}" if lacking else f"after {took:.0f} s")
    return Verdict(not missing and not lacking, f"{MANY} run", found)


@check("krustlet.no_exec", KRUSTLET.at(80, of=krustlet))
def no_exec(context: Context) -> Verdict:
    """There is nothing to execute a command in, and kubectl is told so."""
    result = context.cluster.kubectl(f"exec hello-{node.NAME} -- true", check=False)
    told = NO_EXEC in result.stderr
    return Verdict(result.status != 0 and told, f"… {NO_EXEC} …", result.stderr.strip()[-300:])


@check("krustlet.refuses", KRUSTLET.at(90, of=krustlet))
def refuses(context: Context) -> Verdict:
    """A pod that asks for what this node has not fails, and says what it is."""
    stays = container("stays", images.HELLO)
    sidecar = {**container("beside", images.HELLO), "restartPolicy": "Always"}
    probe = {**stays, "livenessProbe": {"exec": {"command": ["true"]}}}
    memory = {"name": "scratch", "emptyDir": {"medium": "Memory"}}
    wanted = {
        "sidecars": make_pod("sidecars-krustlet", node.NAME, [stays], initContainers=[sidecar]),
        "probes": make_pod("probes-krustlet", node.NAME, [probe]),
        "memory": make_pod("memory-krustlet", node.NAME, [stays], volumes=[memory]),
    }
    anew(context, list(wanted.values()))

    def look() -> str:
        for what, pod in wanted.items():
            found = context.cluster.get(f"pod {pod['metadata']['name']}")
            status: Mapping[str, Any] = found[0].get("status", {}) if found else {}
            if status.get("reason") != "NotSupported" or what not in status.get("message", ""):
                return (
                    f"{what}: {status.get('phase')} {status.get('reason')} {status.get('message')}"
                )
        return ""

    return compare("", poll(look, 60.0))


def anew(context: Context, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Objects as if they had never been there."""
    for each in wanted:
        if each["kind"] == "Pod":
            context.cluster.delete_pod(str(each["metadata"]["name"]))
    context.cluster.apply(list(wanted))
