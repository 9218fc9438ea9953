"""The steps that form a cluster in the guest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..._common.progress import report
from ..._kinds.engines import ENGINES
from ..._machine import console
from ..._workloads.container_images import contents, make_archive
from ..check import Verdict, check, good, none_of
from ..context import Context
from ..phases import CLUSTER
from ..subjects import handlers
from .kubeadm import form_script
from .kubectl import ADMIN

RUNTIME_CLASSES = "/etc/vessel/manifests/runtimeclasses.yaml"
INIT_LIMIT = 1800.0


@check("workloads.import", CLUSTER.at(10), step=True)
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


@check("cluster.init", CLUSTER.at(20), step=True)
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


@check("cluster.runtime_classes", CLUSTER.at(40), step=True)
def runtime_classes(context: Context) -> Verdict:
    """The RuntimeClasses that the image brings are taken: each with the handler of its name, and
    `wasm` with the one of the image's default."""
    context.cluster.apply_text(context.sure(f"cat {RUNTIME_CLASSES}"))
    # The admission of every pod asks for it, and it appears only after the node is Ready.
    context.cluster.insist("wait --for=create serviceaccount/default --timeout=120s")
    classes = context.cluster.get("runtimeclasses")
    pairs = sorted(f"{c['metadata']['name']}={c['handler']}" for c in classes)
    default = context.sh("sed -n 's/^WASM_DEFAULT=//p' /etc/vessel/release").strip('"')
    named = {name: name for name, _ in handlers(context.exported)}
    named["wasm"] = ENGINES[default].handlers[0].name if default in ENGINES else "no default"
    wanted = sorted(f"{name}={handler}" for name, handler in named.items())
    return Verdict(pairs == wanted, ", ".join(wanted), ", ".join(pairs))
