"""Checks of Krustlet's node in each boot: it is Ready, apart, and closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._machine.qemu import ADDRESS
from ..._machine.waiting import poll
from ..check import Verdict, check, compare, none_of
from ..context import Context
from ..phases import PODS
from ..pods.status import seconds
from ..subjects import krustlet
from . import node
from .installed import UNIT

PORT, HOME = 3000, "/var/lib/krustlet"
# Asks the log port as somebody who has no certificate, and from an address that no API server has.
KNOCK = """
import socket, ssl, sys
anybody = ssl.create_default_context()
anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
address, port, *sources = sys.argv[1:]
def ask(source):
    try:
        line = socket.create_connection((address, int(port)), 20, (source, 0))
    except OSError:
        return "nobody"
    try:
        with anybody.wrap_socket(line) as door:
            door.sendall(b"GET /healthz HTTP/1.0\\r\\n\\r\\n")
            return "answers" if door.recv(1) else "refused"
    except TimeoutError:
        return "hangs"
    except OSError:
        return "refused"
print(*map(ask, sources))
"""
STRANGER = "192.0.2.7"


@check("krustlet.ready", PODS.at(50, of=krustlet), step=True)
def ready(context: Context) -> Verdict:
    """Its node is Ready, by word of the Krustlet of this very boot."""
    missing = poll(lambda: not_ready(context), context.patience)
    return Verdict(not missing, "Ready", missing or "Ready", journal(context) if missing else ())


def not_ready(context: Context) -> str:
    """What is missing until the node is Ready by word of this boot's Krustlet."""
    found = context.cluster.get(f"node {node_name(context)}")
    if not found:
        return f"the API server does not name {node_name(context)}"
    status = found[0].get("status", {})
    conditions = {each["type"]: each for each in status.get("conditions", ())}
    known = conditions.get("Ready", {})
    if known.get("status") != "True":
        return f"not Ready: {known.get('message', 'no such condition')}"
    if seconds(known["lastHeartbeatTime"]) < context.booted_at():
        return "it has not reported since this boot"
    return ""


@check("krustlet.alone", PODS.at(60, of=krustlet))
def alone(context: Context) -> Verdict:
    """Krustlet's labels and taints keep away what is not meant for it, DaemonSets too."""
    found = context.cluster.get(f"node {node_name(context)}")
    wrong = misplaced(found[0]) if found else ["there is no node"]
    where = f"--all-namespaces --field-selector=spec.nodeName={node_name(context)}"
    for pod in context.cluster.get(f"pods {where}"):
        if pod["spec"].get("nodeSelector") != node.SELECTOR:
            wrong.append(f"pod {pod['metadata']['name']}")
    return none_of("lacking label or taint, nor pod that is not its own", wrong)


def misplaced(seen: Mapping[str, Any]) -> list[str]:
    """The labels and taints that a node of Krustlet's lacks."""
    labels, taints = seen["metadata"]["labels"], seen["spec"].get("taints", ())
    wanted = {
        "kubernetes.io/arch": node.ARCHITECTURE,
        "kubernetes.io/os": node.ARCHITECTURE,
        "type": "krustlet",
    }
    lacking = [f"label {name}" for name, value in wanted.items() if labels.get(name) != value]
    has = {(each["key"], each.get("value"), each["effect"]) for each in taints}
    for each in node.TOLERATIONS:
        if (each["key"], each["value"], each["effect"]) not in has:
            lacking.append(f"taint {each['key']}:{each['effect']}")
    return lacking


@check("krustlet.closed", PODS.at(70, of=krustlet))
def closed(context: Context) -> Verdict:
    """Its port is there and answers API servers only, and its secrets are nobody else's."""
    knock = f"python3 -c '{KNOCK}' {ADDRESS} {PORT} {ADDRESS} {STRANGER}"
    come, go = (f"ip address {word} {STRANGER}/32 dev lo" for word in ("add", "delete"))
    # The address may be there from a proof that was interrupted; of a knock its answers count.
    said = context.sh(f"{come} 2>/dev/null || true; {knock} || true; {go}")
    # `find` fails of files that go while it looks; the directory itself must be there.
    open_files = context.sure(
        f"cd {HOME}; find -L . -perm /077 2>/dev/null | awk 'NR <= 5' || true"
    )
    return compare("refused refused", " ".join([said, *open_files.split()]))


def node_name(context: Context) -> str:
    """What Krustlet calls its node."""
    return f"{context.machine.hostname}-wasm"


def journal(context: Context) -> tuple[str, ...]:
    """What Krustlet and its joining said last."""
    said = context.sh(f"journalctl -b --no-pager -u {UNIT} -u krustlet-join.service | tail -n 12")
    return tuple(line[:300] for line in said.splitlines())
