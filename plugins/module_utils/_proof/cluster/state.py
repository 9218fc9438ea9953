"""Checks of the cluster as a whole, in each boot."""

from __future__ import annotations

from ..._machine import console
from ..._machine.waiting import poll
from ..check import Verdict, check, none_of
from ..context import Context
from ..phases import CLUSTER, PODS
from ..pods.status import running_since


@check("cluster.node_ready", CLUSTER.at(30), PODS.at(10), step=True)
def node_ready(context: Context) -> Verdict:
    """The node is Ready, by word of the kubelet of this very boot."""

    def look() -> str:
        # Asked each time: a guest that is busy with its start may lose a question.
        boot_id = context.sh("cat /proc/sys/kernel/random/boot_id")
        nodes = context.cluster.get(f"node {context.machine.hostname}")
        if not nodes:
            return "the API server does not name this node"
        status = nodes[0]["status"]
        if status["nodeInfo"]["bootID"] != boot_id:
            return "kubelet has not reported since this boot"
        ready = next((c for c in status["conditions"] if c["type"] == "Ready"), None)
        if ready is None or ready["status"] != "True":
            return f"not Ready: {(ready or {}).get('message', 'no such condition')}"
        return ""

    missing = poll(look, context.patience)
    return Verdict(not missing, "Ready", missing or "Ready", _kubelet(context, missing))


@check("cluster.node_labels", PODS.at(20))
def node_labels(context: Context) -> Verdict:
    """The node says which engines it has."""
    nodes = context.cluster.get(f"node {context.machine.hostname}")
    labels = nodes[0]["metadata"]["labels"] if nodes else {}
    wanted = [f"vessel.dev/wasm-{engine}" for engine in context.exported.engines]
    missing = [name for name in wanted if labels.get(name) != "true"]
    return none_of("missing label", missing)


@check("cluster.system_pods", PODS.at(30))
def system_pods(context: Context) -> Verdict:
    """Control plane, CoreDNS and kube-proxy run, every container started in this boot."""
    since = context.booted_at()

    def look() -> str:
        pods = context.cluster.get("pods --namespace=kube-system")
        names = " ".join(pod["metadata"]["name"] for pod in pods)
        for part in ("etcd-", "kube-apiserver-", "kube-proxy-", "coredns-"):
            if part not in names:
                return f"there is no pod {part}*"
        return "; ".join(filter(None, (running_since(pod, since) for pod in pods)))

    missing = poll(look, context.patience)
    return Verdict(not missing, "all run", missing or "all run", _kubelet(context, missing))


def _kubelet(context: Context, wrong: str) -> tuple[str, ...]:
    if not wrong:
        return ()
    said = context.sh("journalctl -b --no-pager -u kubelet -u containerd -n 120")
    return console.telling(said.splitlines())
