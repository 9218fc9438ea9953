"""The steps that form a cluster in the guest, and checks of the cluster as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..._common.progress import report
from ..._lock.engines import HANDLERS
from ..._machine import console
from ..._machine.waiting import poll
from ..._workloads.container_images import contents, make_archive
from ..check import Context, Verdict, check, good, none_of
from ..engines import handlers
from ..pods.pod import running_since, seconds
from .kubeadm import form_script
from .kubectl import ADMIN

RUNTIME_CLASSES = "/etc/vessel/manifests/runtimeclasses.yaml"
INIT_LIMIT = 1800.0


@check("workloads.import", step=True)
def import_workloads(context: Context) -> Verdict:
    """The programs of `workloads/`, as images, are in the node's image store."""
    wanted = contents(context.exported.engines)
    return import_archive(context, make_archive(context.root, wanted), wanted)


def import_archive(context: Context, archive: Path, names: Iterable[str]) -> Verdict:
    """Import an OCI image layout in a tar file; passed when the images `names` are there then."""
    with archive.open("rb") as file:
        context.machine.ssh.run(
            # The artifacts among them are of another platform.
            "ctr --namespace k8s.io images import --local --all-platforms -",
            stdin=file,
            timeout=300,
            what="importing the workload images",
        )
    have = set(context.sh("ctr --namespace k8s.io images list -q").split())
    return none_of("missing workload image", sorted({*names} - have))


@check("cluster.init", step=True)
def init(context: Context) -> Verdict:
    """`kubeadm init` forms a cluster from preloaded images, without a network."""
    guest = context.machine
    if context.sh(f"test -e {ADMIN} && echo formed") == "formed":
        return good("formed before")
    report("kubeadm init: two to six minutes under emulation")
    log = Path(guest.logs) / f"{guest.name}-kubeadm-init.txt"
    with log.open("wb") as file:
        result = guest.ssh.run(
            form_script(context.exported.kubernetes),
            stdout=file,
            timeout=INIT_LIMIT,
            check=False,
            what="kubeadm init",
        )
    lines = log.read_text(errors="replace").splitlines()
    if result.status == 0:
        return good("initialised")
    journal = context.sh("journalctl -b --no-pager -u kubelet -u containerd -n 200").splitlines()
    telling = (*console.telling(lines), *console.telling(journal))
    return Verdict(False, "status 0", f"status {result.status}", telling)


@check("cluster.node_ready", step=True)
def node_ready(context: Context) -> Verdict:
    """The node is Ready, by word of the kubelet of this very boot."""
    boot_id = context.sh("cat /proc/sys/kernel/random/boot_id")

    def look() -> str:
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


@check("cluster.runtime_classes", step=True)
def runtime_classes(context: Context) -> Verdict:
    """The RuntimeClasses that the image brings are taken: each with the handler of its name, and
    `wasm` with the one of the image's default."""
    context.cluster.apply_text(context.sh(f"cat {RUNTIME_CLASSES}"))
    # The admission of every pod asks for it, and it appears only after the node is Ready.
    context.cluster.insist("wait --for=create serviceaccount/default --timeout=120s")
    classes = context.cluster.get("runtimeclasses")
    pairs = sorted(f"{c['metadata']['name']}={c['handler']}" for c in classes)
    default = context.sh("sed -n 's/^WASM_DEFAULT=//p' /etc/vessel/release").strip('"')
    named = {name: name for name in handlers(context.exported)}
    named["wasm"] = HANDLERS.get(default, ("no default",))[0]
    wanted = sorted(f"{name}={handler}" for name, handler in named.items())
    return Verdict(pairs == wanted, ", ".join(wanted), ", ".join(pairs))


@check("cluster.node_labels")
def node_labels(context: Context) -> Verdict:
    """The node says which engines it has."""
    nodes = context.cluster.get(f"node {context.machine.hostname}")
    labels = nodes[0]["metadata"]["labels"] if nodes else {}
    wanted = [f"vessel.dev/wasm-{engine}" for engine in context.exported.engines]
    missing = [name for name in wanted if labels.get(name) != "true"]
    return none_of("missing label", missing)


@check("cluster.system_pods")
def system_pods(context: Context) -> Verdict:
    """Control plane, CoreDNS and kube-proxy run, every container started in this boot."""
    since = booted_at(context)

    def look() -> str:
        pods = context.cluster.get("pods --namespace=kube-system")
        names = " ".join(pod["metadata"]["name"] for pod in pods)
        for part in ("etcd-", "kube-apiserver-", "kube-proxy-", "coredns-"):
            if part not in names:
                return f"there is no pod {part}*"
        return "; ".join(filter(None, (running_since(pod, since) for pod in pods)))

    missing = poll(look, context.patience)
    return Verdict(not missing, "all run", missing or "all run", _kubelet(context, missing))


def booted_at(context: Context) -> float:
    """When the guest's kernel started, in seconds since 1970 by the guest's clock."""
    return float(context.sh("sed -n 's/^btime //p' /proc/stat")) - 1


def now(context: Context) -> float:
    """The guest's clock."""
    return seconds(context.sh("date -u +%Y-%m-%dT%H:%M:%SZ"))


def _kubelet(context: Context, wrong: str) -> tuple[str, ...]:
    if not wrong:
        return ()
    said = context.sh("journalctl -b --no-pager -u kubelet -u containerd -n 120")
    return console.telling(said.splitlines())
