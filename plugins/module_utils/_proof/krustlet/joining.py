"""Checks of the second node in the guest, which Krustlet is."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from typing import Any

from ..._machine.qemu import ADDRESS
from ..._machine.waiting import poll
from ..._workloads.programs import Program as Source
from ..._workloads.programs import build
from ..check import Context, Verdict, check, compare, none_of
from ..cluster.forming import booted_at
from ..pods.pod import Expectation, Program, hello_container, make_pod, seconds
from ..pods.running import runs
from . import node as krustlet

UNIT, BINARY = "krustlet.service", "krustlet-wasi"
BOOTSTRAP, CERTIFICATES = "/etc/kubernetes/bootstrap-krustlet.conf", "/var/lib/krustlet/pki"
PORT = 3000
MOST_EXPOSED = 5.0
JOINS_WITHIN = 120.0
# What docs/krustlet.md tells people to do.
BRING = f"""
export KUBECONFIG=/etc/kubernetes/admin.conf
make() {{ kubectl config --kubeconfig=/run/bootstrap-krustlet.conf "$@" >/dev/null; }}
make set-cluster kubernetes --server=https://{ADDRESS}:6443 \\
  --certificate-authority=/etc/kubernetes/pki/ca.crt --embed-certs
make set-credentials krustlet --token="$(kubeadm token create --ttl=1h)"
make set-context krustlet --cluster=kubernetes --user=krustlet
make use-context krustlet
install -m 0600 /run/bootstrap-krustlet.conf {BOOTSTRAP}
rm /run/bootstrap-krustlet.conf
"""
# Asks the log port as somebody who has no certificate, and from an address that no API server has.
KNOCK = f"""
import socket, ssl
anybody = ssl.create_default_context()
anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
def ask(source):
    try:
        line = socket.create_connection(("{ADDRESS}", {PORT}), 20, (source, 0))
        with anybody.wrap_socket(line) as door:
            door.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: krustlet\\r\\n\\r\\n")
            return "answers" if door.recv(1) else "refused"
    except (OSError, ssl.SSLError):
        return "refused"
print(ask("{ADDRESS}"), ask("192.0.2.7"))
"""


@check("node.krustlet")
def installed(context: Context) -> Verdict:
    """Krustlet starts, its unit waits for a cluster, and may do little."""
    said = context.sh(f"{BINARY} --version 2>&1; systemctl is-enabled {UNIT} krustlet-join.path")
    waits = context.sh(f"systemctl is-failed {UNIT} krustlet-join.service krustlet-join.path")
    exposure = exposed(context.sh(f"systemd-analyze security --no-pager {UNIT} | tail -n 1"))
    good = (
        said.split()[:1] == [BINARY]
        and said.count("enabled") == 2
        and "failed" not in waits
        and exposure < MOST_EXPOSED
    )
    found = f"{' '.join(said.split())}, {' '.join(waits.split())}, exposure {exposure}"
    return Verdict(good, f"enabled, none failed, exposure below {MOST_EXPOSED}", found)


def exposed(said: str) -> float:
    """The exposure score of `systemd-analyze security`'s last line, 0 to 10; 10 without one."""
    found = re.search(r"level for \S+: ([0-9.]+)", said)
    return float(found[1]) if found else 10.0


@check("krustlet.joins", step=True)
def joins(context: Context) -> Verdict:
    """With a bootstrap token it becomes a node, soon; the certificate that it shows is approved."""
    begun = time.monotonic()
    if context.sh(f"test -e {BOOTSTRAP} && echo there") != "there":
        context.machine.ssh.run(BRING, what="bringing Krustlet's bootstrap file")
    missing = poll(lambda: not_ready(context), JOINS_WITHIN)
    took = time.monotonic() - begun
    if missing:
        return Verdict(False, f"Ready within {JOINS_WITHIN:.0f} s", missing, _journal(context))
    _approve(context)
    shows = f"test -e {CERTIFICATES}/serving.pem && echo signed"
    unsigned = poll(lambda: "" if context.sh(shows) == "signed" else "no certificate", 60)
    found = unsigned or f"Ready after {took:.0f} s, certificate signed"
    return Verdict(not unsigned, f"Ready within {JOINS_WITHIN:.0f} s", found, _journal(context))


def _approve(context: Context) -> None:
    """As an administrator does for a kubelet's serving certificate."""
    waiting = [
        each["metadata"]["name"]
        for each in context.cluster.get("certificatesigningrequests")
        if each["spec"]["signerName"] == "kubernetes.io/kubelet-serving" and not each.get("status")
    ]
    for name in waiting:
        context.cluster.insist(f"certificate approve {name}")


@check("krustlet.ready", step=True)
def ready(context: Context) -> Verdict:
    """Its node is Ready, by word of the Krustlet of this very boot."""
    missing = poll(lambda: not_ready(context), context.patience)
    return Verdict(not missing, "Ready", missing or "Ready", _journal(context) if missing else ())


def not_ready(context: Context) -> str:
    found = context.cluster.get(f"node {node_name(context)}")
    if not found:
        return f"the API server does not name {node_name(context)}"
    status = found[0].get("status", {})
    conditions = {each["type"]: each for each in status.get("conditions", ())}
    known = conditions.get("Ready", {})
    if known.get("status") != "True":
        return f"not Ready: {known.get('message', 'no such condition')}"
    if seconds(known["lastHeartbeatTime"]) < booted_at(context):
        return "it has not reported since this boot"
    return ""


@check("krustlet.alone")
def alone(context: Context) -> Verdict:
    """Krustlet's labels and taints keep away what is not meant for it, DaemonSets too."""
    found = context.cluster.get(f"node {node_name(context)}")
    wrong = misplaced(found[0]) if found else ["there is no node"]
    where = f"--all-namespaces --field-selector=spec.nodeName={node_name(context)}"
    for pod in context.cluster.get(f"pods {where}"):
        if pod["spec"].get("nodeSelector") != krustlet.SELECTOR:
            wrong.append(f"pod {pod['metadata']['name']}")
    return none_of("lacking label or taint, nor pod that is not its own", wrong)


def misplaced(node: Mapping[str, Any]) -> list[str]:
    """The labels and taints that a node of Krustlet's lacks."""
    labels, taints = node["metadata"]["labels"], node["spec"].get("taints", ())
    wanted = {
        "kubernetes.io/arch": krustlet.ARCHITECTURE,
        "kubernetes.io/os": krustlet.ARCHITECTURE,
        "type": "krustlet",
    }
    lacking = [f"label {name}" for name, value in wanted.items() if labels.get(name) != value]
    has = {(each["key"], each.get("value"), each["effect"]) for each in taints}
    for each in krustlet.TOLERATIONS:
        if (each["key"], each["value"], each["effect"]) not in has:
            lacking.append(f"taint {each['key']}:{each['effect']}")
    return lacking


@check("krustlet.closed")
def closed(context: Context) -> Verdict:
    """Its port answers API servers only, and its secrets are nobody else's."""
    knock = f"ip address add 192.0.2.7/32 dev lo 2>/dev/null; python3 -c '{KNOCK}'"
    said = context.sh(f"{knock}; ip address delete 192.0.2.7/32 dev lo")
    open_files = context.sh("find -L /var/lib/krustlet -perm /077 2>/dev/null | head -n 5")
    return compare("refused refused", " ".join([said, *open_files.split()]))


@check(f"wasm.{krustlet.NAME}")
def hello(context: Context) -> Verdict:
    """A WASI program that ends well, then one that stays: modules in a ConfigMap."""
    if not context.cluster.get("configmap modules"):
        module = base64.b64encode(build(Source("hello.c"), context.root).read_bytes()).decode()
        context.cluster.apply(
            [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "modules"},
              "binaryData": {"hello.wasm": module}}]
        )  # fmt: skip
    return runs(context, expected(), f"wasm.{krustlet.NAME}")


def expected() -> Expectation:
    """The pod, and what must be true of it."""
    name = f"hello-{krustlet.NAME}"
    once = hello_container("once", ["once", "and for all"], {})
    stay = hello_container("stay", ["stay"], {"HELLO_STAY": "1"})
    first, second = (krustlet.from_volume(each, "modules", "hello.wasm") for each in (once, stay))
    volumes = [{"name": "modules", "configMap": {"name": "modules"}}]
    pod = make_pod(name, krustlet.NAME, [second], initContainers=[first], volumes=volumes)
    return Expectation(
        pod,
        (
            Program("once", f"hello from {name} on wasip1: once and for all\n", 0),
            Program("stay", f"hello from {name} on wasip1: stay\n", None),
        ),
    )


def node_name(context: Context) -> str:
    """What Krustlet calls its node."""
    return f"{context.machine.hostname}-wasm"


def _journal(context: Context) -> tuple[str, ...]:
    said = context.sh(f"journalctl -b --no-pager -u {UNIT} -u krustlet-join.service | tail -n 12")
    return tuple(line[:300] for line in said.splitlines())
