"""Checks of what Krustlet's pods may be made of: volumes, order, restarts, logs, many at once."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..._machine.waiting import poll
from ..._workloads import container_images as images
from ..check import Context, Verdict, check, compare
from ..matrix.ended import Ended
from ..matrix.objects import labelled
from ..pods.pod import container, container_statuses, make_pod
from . import node as krustlet

MANY, FOLLOWED_FOR = 20, 6
HOST_DIRECTORY = "/etc/vessel"
NO_EXEC = "no other process"
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
    name = f"volumes-{krustlet.NAME}"
    return make_pod(name, krustlet.NAME, containers, restartPolicy="Never", volumes=volumes)


@check("krustlet.volumes")
def volumes(context: Context) -> Verdict:
    """Every kind of volume holds what it must, and what is the cluster's cannot be written."""
    _anew(context, [*objects(), volumes_pod()])
    ended = Ended()
    node = f"{context.machine.hostname}-wasm"
    expected = {
        **KINDS,
        "variables": f"from a ConfigMap\n\nfrom a Secret\n\n{node}\n{node} $(MISSING)\n",
        "host": context.sh(f"cat {HOST_DIRECTORY}/release") + "\n",
    }
    wrong = []
    for name, text in expected.items():
        seen = ended.container(context, f"volumes-{krustlet.NAME}", name)
        if isinstance(seen, str) or (seen.status, seen.log) != (0, text):
            wrong.append(f"{name}: {seen}")
    token = ended.container(context, f"volumes-{krustlet.NAME}", "token")
    if isinstance(token, str) or token.log.count(".") != 2:
        wrong.append("token: no JSON web token")
    written = ended.container(context, f"volumes-{krustlet.NAME}", "readonly")
    if isinstance(written, str) or written.status == 0:
        wrong.append(f"readonly: {written}")
    return compare("", "; ".join(wrong))


@check("krustlet.order")
def order(context: Context) -> Verdict:
    """Init containers run one after the other, and before the others."""
    mounts = [{"name": "data", "mountPath": "/data"}]

    def step(name: str, *words: str) -> dict[str, Any]:
        return container(name, images.CHECK, words, volumeMounts=mounts)

    pod = make_pod(
        f"order-{krustlet.NAME}",
        krustlet.NAME,
        [step("last", "read", "/data/second")],
        initContainers=[
            step("first", "sleep", "2", "write", "/data/first", "one"),
            step("second", "read", "/data/first", "write", "/data/second", "two"),
        ],
        volumes=[{"name": "data", "emptyDir": {}}],
        restartPolicy="Never",
    )
    _anew(context, [pod])
    seen = Ended().container(context, pod["metadata"]["name"], "last")
    found = seen if isinstance(seen, str) else f"status {seen.status}, log {seen.log!r}"
    return compare("status 0, log 'two\\n'", found)


@check("krustlet.restarts")
def restarts(context: Context) -> Verdict:
    """Each restart policy holds: how often a program was started that fails, or does not."""
    policies = {"never": "Never", "onfailure": "OnFailure", "always": "Always"}
    made = [
        make_pod(
            f"{name}-{krustlet.NAME}",
            krustlet.NAME,
            [container("fails", images.CHECK, ["exit", "3"]),
             container("ends", images.CHECK, ["exit", "0"])],
            restartPolicy=policy,
        )
        for name, policy in policies.items()
    ]  # fmt: skip
    _anew(context, made)

    def look() -> str:
        found = {name: _counts(context, f"{name}-{krustlet.NAME}") for name in policies}
        never, onfailure, always = found["never"], found["onfailure"], found["always"]
        good = (
            never == {"fails": 0, "ends": 0}
            and onfailure.get("fails", 0) >= 2
            and onfailure.get("ends") == 0
            and min(always.values(), default=0) >= 2
        )
        return "" if good else json.dumps(found)

    missing = poll(look, 120.0)
    phase = context.cluster.get(f"pod never-{krustlet.NAME}")[0]["status"]["phase"]
    for pod in made:
        context.cluster.delete_pod(pod["metadata"]["name"])
    return Verdict(not missing and phase == "Failed", "as often as each policy says",
                   missing or f"as each says; Never: {phase}")  # fmt: skip


def _counts(context: Context, pod: str) -> dict[str, int]:
    found = context.cluster.get(f"pod {pod}")
    statuses = container_statuses(found[0]) if found else {}
    return {name: status.get("restartCount", 0) for name, status in statuses.items()}


@check("krustlet.logs")
def logs(context: Context) -> Verdict:
    """`kubectl logs` by its options: the last line, one that follows, and the run before."""
    name = f"logs-{krustlet.NAME}"
    words = ["say", "one", "say", "two", "sleep", str(FOLLOWED_FOR), "say", "three", "exit", "1"]
    pod = make_pod(name, krustlet.NAME, [container("says", images.CHECK, words)],
                   restartPolicy="OnFailure")  # fmt: skip
    _anew(context, [pod])
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


@check("krustlet.many")
def many(context: Context) -> Verdict:
    """So many pods run at once, each with its own name in its log, and go again."""
    names = [f"many{number}-{krustlet.NAME}" for number in range(MANY)]
    source = {"fieldRef": {"fieldPath": "metadata.name"}}
    each = container("one", images.HELLO, env=[
        {"name": "HELLO_FROM", "valueFrom": source}, {"name": "HELLO_STAY", "value": "1"},
    ])  # fmt: skip
    label = {"many": krustlet.NAME}
    made = [labelled(make_pod(name, krustlet.NAME, [each]), **label) for name in names]
    begun = time.monotonic()
    _anew(context, made)

    def look() -> str:
        pods = context.cluster.get(f"pods -l many={krustlet.NAME}")
        running = sum(pod["status"].get("phase") == "Running" for pod in pods)
        return "" if running == MANY else f"{running} run"

    missing = poll(look, context.patience)
    took = time.monotonic() - begun
    said = context.cluster.kubectl(
        f"logs -l many={krustlet.NAME} --max-log-requests={MANY} --tail=-1", check=False
    ).stdout
    lacking = [name for name in names if f"hello from {name} " not in said]
    context.cluster.insist(f"delete pods -l many={krustlet.NAME} --wait --timeout=120s --now")
    found = missing or (f"no word of {', '.join(lacking)}" if lacking else f"after {took:.0f} s")
    return Verdict(not missing and not lacking, f"{MANY} run", found)


@check("krustlet.no_exec")
def no_exec(context: Context) -> Verdict:
    """There is nothing to execute a command in, and kubectl is told so."""
    result = context.cluster.kubectl(f"exec hello-{krustlet.NAME} -- true", check=False)
    told = NO_EXEC in result.stderr
    return Verdict(result.status != 0 and told, f"… {NO_EXEC} …", result.stderr.strip()[-300:])


@check("krustlet.refuses")
def refuses(context: Context) -> Verdict:
    """A pod that asks for what this node has not fails, and says what it is."""
    stays = container("stays", images.HELLO)
    sidecar = {**container("beside", images.HELLO), "restartPolicy": "Always"}
    probe = {**stays, "livenessProbe": {"exec": {"command": ["true"]}}}
    memory = {"name": "scratch", "emptyDir": {"medium": "Memory"}}
    wanted = {
        "sidecars": make_pod("sidecars-krustlet", krustlet.NAME, [stays], initContainers=[sidecar]),
        "probes": make_pod("probes-krustlet", krustlet.NAME, [probe]),
        "memory": make_pod("memory-krustlet", krustlet.NAME, [stays], volumes=[memory]),
    }
    _anew(context, list(wanted.values()))

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


def _anew(context: Context, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Objects as if they had never been there."""
    for each in wanted:
        if each["kind"] == "Pod":
            context.cluster.delete_pod(str(each["metadata"]["name"]))
    context.cluster.apply(list(wanted))
