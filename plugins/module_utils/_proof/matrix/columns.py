"""The matrix: what each engine can do in a pod, cell by cell."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from ..._lock.engines import HANDLERS
from ..._machine.waiting import poll
from ..._workloads import container_images as images
from ..._workloads import registry
from ..._workloads.container_images import make_archive
from ..._workloads.onnx import WEIGHTS
from ..check import Context, Verdict, check
from ..cluster.forming import import_archive
from ..krustlet import node as krustlet
from ..pods.pod import hello_container, make_pod
from ..pods.running import runs
from . import cells
from .cells import Cell
from .ended import Ended
from .limits import judged, known
from .objects import LABEL, PORT, beside, labelled, objects

ANSWER = "hello over http"
STOPS_WITHIN, GONE_WITHIN = 20.0, 60.0
FEW, MANY = 3, 10
# containerd's shim for runc and crun learns of a kill from a control group that goes with what was
# killed, and now and then it is too late: the container has status 137 then, and no reason.
OOM_TRIES = 3
# Seconds for what is not expected to come.
LIMIT_PATIENCE = 60.0
REGISTRY, SETTINGS = "/run/proof/registry", "/etc/default/krustlet"
# The names of the images are those that containerd has; their registry answers on this port.
REGISTRY_PORT, REGISTRY_NAME = 80, "vessel.test"
SERVE = f"""
rm -rf {REGISTRY} && install -d {REGISTRY} && tar -x -C {REGISTRY}
grep -q {REGISTRY_NAME} /etc/hosts || echo 127.0.0.1 {REGISTRY_NAME} >>/etc/hosts
touch {SETTINGS}
grep -q {REGISTRY_NAME} {SETTINGS} || {{
  echo KRUSTLET_INSECURE_REGISTRIES={REGISTRY_NAME} >>{SETTINGS}
  systemctl restart krustlet.service
}}
"""
RUN = f"""
systemctl is-active --quiet proof-registry || systemd-run --quiet --unit=proof-registry \
  python3 {REGISTRY}/registry.py {REGISTRY} {REGISTRY_PORT}
"""
MANIFESTS, GREETING = "docs/pods", "hello from WebAssembly\n"
COMPILATIONS = (
    "journalctl --boot -u containerd -o cat"
    " | awk '/precompiling layers/ { number++ } END { print number + 0 }'"
)
SUMMARY = "get --raw /api/v1/nodes/{node}/proxy/stats/summary"
# Python is on every node; a shell without curl needs more words.
ASK = "import urllib.request as r; print(r.urlopen('http://{address}:{port}/', timeout=20).read())"

Look = Callable[[Context, str], Verdict]


def names(handlers: Iterable[str]) -> list[str]:
    """The checks of the matrix for these handlers, in order. Krustlet's name is one of them."""
    return [f"matrix.{handler}.{cell}" for handler in handlers for cell in ("start", *TITLES)]


@check("matrix.import", step=True)
def import_images(context: Context) -> Verdict:
    """The workloads of the matrix are in the node's image store."""
    archive = make_archive(context.root, images.MATRIX, images.ARTIFACTS)
    return import_archive(context, archive, [*images.MATRIX, *images.ARTIFACTS])


def _start(context: Context, handler: str) -> Verdict:
    """A pod of each kind is asked for, on a node that has none of the matrix."""
    _clear(context, "pods,services,deployments,configmaps")
    if handler == krustlet.NAME:
        bring_registry(context)
    wanted, manifest = objects(handler), _manifest_text(context, handler)
    context.cluster.insist("delete --ignore-not-found --wait --now --filename=-", stdin=manifest)
    context.cluster.apply(wanted)
    context.cluster.apply_text(manifest)
    return Verdict(True, "pods asked for", f"{len(wanted)} objects")


def bring_registry(context: Context) -> None:
    """The modules are where Krustlet pulls from."""
    run = context.machine.ssh.run
    with krustlet.registry_archive(context.root).open("rb") as file:
        run(SERVE, stdin=file, what="bringing the artifacts")
    program = inspect.getsource(registry).encode()  # a module runs out of an archive
    run(f"cat >{REGISTRY}/registry.py", stdin=program, what="bringing the registry")
    run(RUN, what="starting the registry")


def _clear(context: Context, kinds: str) -> None:
    """Nothing of the matrix is left: an emulated node has enough to do with what comes next."""
    context.cluster.insist(f"delete {kinds} -l {LABEL} --now --wait --timeout=200s")


ENDED = Ended()


def _cell(context: Context, handler: str, cell: Cell, pod: str) -> Verdict:
    found = ENDED.container(context, f"{pod}-{handler}", cell.place)
    if isinstance(found, str):
        return Verdict(False, cell.title, found)
    seen = cell.of(found)
    return Verdict(cell.good(seen), cell.title, str(seen))


def _plain(context: Context, handler: str, name: str) -> Verdict:
    pod = "unusual" if name in {each.name for each in cells.unusual()} else "cells"
    return _cell(context, handler, _known(handler, name), pod)


def _known(handler: str, name: str) -> Cell:
    group = (*cells.plain(f"cells-{handler}"), *cells.unusual())
    (cell,) = [cell for cell in group if cell.name == name]
    return cell


def _oom(context: Context, handler: str) -> Verdict:
    """The cause is told; where telling it is containerd's, of one kill in three."""
    verdict = _plain(context, handler, "oom")
    for number in range(1, OOM_TRIES if handler in HANDLERS["wasmedge"] else 1):
        if verdict.passed:
            break
        containers = cells.containers([_known(handler, "memory-limit")])
        again = make_pod(f"again{number}-{handler}", handler, containers, restartPolicy="Never")
        context.cluster.apply([labelled(again)])
        verdict = _cell(context, handler, _known(handler, "oom"), f"again{number}")
    return verdict


def _model(context: Context, handler: str, name: str) -> Verdict:
    """The model gave the reference's numbers for what its container was given."""
    pod = f"models-{handler}"
    found = context.cluster.get(f"pod {pod}")
    if not found:
        return Verdict(False, "a pod", f"there is no pod {pod}")
    given = [float(text) for text in found[0]["spec"]["containers"][0]["args"]]
    width = len(WEIGHTS)
    inputs = [given[first : first + width] for first in range(0, len(given), width)]
    (cell,) = [cell for cell in cells.models(inputs) if cell.name == name]
    return _cell(context, handler, cell, "models")


def _http(context: Context, handler: str) -> Verdict:
    """The server answers through its Service."""
    found = context.cluster.get(f"service serves-{handler}")
    if not found:
        return Verdict(False, "a Service", "there is none")
    script = ASK.format(address=found[0]["spec"]["clusterIP"], port=PORT)
    said = [""]

    def look() -> str:
        said[0] = context.sh(f'python3 -c "{script}" 2>&1 | tail -n 1')
        return "" if ANSWER in said[0] else said[0]

    missing = poll(look, min(context.patience, 120.0))
    log = context.cluster.kubectl(f"logs serves-{handler} --tail=5", check=False).stdout
    return Verdict(not missing, ANSWER, f"{said[0]!r}, log {log!r}")


def _sidecar(context: Context, handler: str) -> Verdict:
    """A native program and a module run in one pod."""
    return runs(context, beside(handler), f"matrix.{handler}.sidecar")


def _metrics(context: Context, handler: str) -> Verdict:
    """The kubelet's summary has processor time and memory of a pod that spins for a while."""
    found = [""]
    question = SUMMARY.format(node=context.machine.hostname)

    def look() -> str:
        result = context.cluster.kubectl(question, check=False)
        used = usage(result.stdout, f"busy-{handler}") if result.status == 0 else None
        found[0] = f"processor (ns), memory (bytes): {used}"
        return "" if used and min(used) > 0 else found[0]

    missing = poll(look, context.patience)
    return Verdict(not missing, "both above zero", found[0])


def usage(summary: str, pod: str) -> tuple[int, int] | None:
    """Nanoseconds of processor time and bytes of memory in use of a pod's first container, out of
    a kubelet's summary; None when it does not say."""
    pods = {each["podRef"]["name"]: each for each in json.loads(summary)["pods"]}
    try:
        (first, *_) = pods[pod]["containers"]
        return first["cpu"]["usageCoreNanoSeconds"], first["memory"]["workingSetBytes"]
    except (KeyError, ValueError):
        return None


def _sigterm(context: Context, handler: str) -> Verdict:
    """A pod that is deleted ends long before its grace period does."""
    begun = time.monotonic()
    context.cluster.insist(f"delete pod busy-{handler} --wait --timeout=150s")
    took = time.monotonic() - begun
    return Verdict(took <= STOPS_WITHIN, f"at most {STOPS_WITHIN:.0f} s", f"{took:.0f} s")


def _replicas(context: Context, handler: str, count: int) -> Verdict:
    """So many replicas are available."""
    name = f"many-{handler}"
    labels = {"many": handler}
    pod = make_pod(name, handler, [hello_container("module", [], {"HELLO_STAY": "1"})])
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": count,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": pod["metadata"]["annotations"]},
                "spec": pod["spec"],
            },
        },
    }
    context.cluster.apply([labelled(deployment)])

    def look() -> str:
        found = context.cluster.get(f"deployment {name}")
        status = found[0].get("status", {}) if found else {}
        there = status.get("availableReplicas", 0)
        return "" if there == count else f"{there} available"

    missing = poll(look, context.patience)
    return Verdict(not missing, f"{count} available", missing or f"{count} available")


def _few(context: Context, handler: str) -> Verdict:
    """The first replicas, on a node where nothing else of the matrix runs."""
    _clear(context, "pods,services")
    return _replicas(context, handler, FEW)


def _gone(context: Context, handler: str) -> Verdict:
    """They are gone soon after they were deleted."""
    begun = time.monotonic()
    context.cluster.insist(
        f"delete deployment many-{handler} --cascade=foreground --wait --timeout=200s"
    )
    took = time.monotonic() - begun
    return Verdict(took <= GONE_WITHIN, f"at most {GONE_WITHIN:.0f} s", f"{took:.0f} s")


def _precompiled(context: Context, handler: str) -> Verdict:
    """containerd keeps what the engine compiled of an artifact, and the next start takes it."""
    kept = context.sh(
        "ctr --namespace k8s.io content ls"
        f" | grep -o 'runwasi.io/precompiled/{handler}/[0-9]*' | sort -u"
    )
    if not kept:
        return Verdict(False, "a compiled module", "nothing compiled")
    before = context.sh(COMPILATIONS)
    again = make_pod(
        f"reuse-{handler}",
        handler,
        cells.containers([_known(handler, "artifact")]),
        restartPolicy="Never",
    )
    context.cluster.apply([labelled(again)])
    verdict = _cell(context, handler, _known(handler, "artifact"), "reuse")
    after = context.sh(COMPILATIONS)
    # What is kept was compiled since the boot: a journal without it has nothing to compare.
    same = before == after and before not in ("", "0")
    counted = Verdict(same, "no module compiled", f"compiled {before}, then {after} times")
    return counted if verdict.passed else verdict


def _manifest_text(context: Context, handler: str) -> str:
    return (context.root / MANIFESTS / f"{handler}.yaml").read_text(encoding="utf-8")


def _manifest(context: Context, handler: str) -> Verdict:
    """The pod of docs/pods does what it says there, pasted as it is."""
    seen = Ended().container(context, f"hello-from-{handler}", "hello")
    if isinstance(seen, str):
        return Verdict(False, GREETING, seen)
    return Verdict((seen.status, seen.log) == (0, GREETING), repr(GREETING), str(seen))


LOOKS: Mapping[str, tuple[str, Look]] = {
    **{
        cell.name: (cell.title, partial(_plain, name=cell.name))
        for cell in (*cells.plain(""), *cells.unusual())
    },
    "oom": (_known("", "oom").title, _oom),
    "precompiled": ("precompiled once", _precompiled),
    **{cell.name: (cell.title, partial(_model, name=cell.name)) for cell in cells.models([])},
    "http": ("HTTP server behind a Service", _http),
    "sidecar": ("native container in the pod", _sidecar),
    "metrics": ("processor time and memory in metrics", _metrics),
    "sigterm": ("ends on SIGTERM within 20 s", _sigterm),
    "manifest": ("manifest of docs/pods, as pasted", _manifest),
    "replicas": ("three replicas", _few),
    "scale": ("scaled to ten", partial(_replicas, count=MANY)),
    "gone": ("ten deleted within 60 s", _gone),
}
TITLES: Mapping[str, str] = {name: title for name, (title, _) in LOOKS.items()}


def _list_checks() -> None:
    for handler in (*(name for names in HANDLERS.values() for name in names), krustlet.NAME):
        check(f"matrix.{handler}.start")(partial(_start, handler=handler))
        for cell, (_, look) in LOOKS.items():
            check(f"matrix.{handler}.{cell}")(
                partial(_judged, handler=handler, cell=cell, look=look)
            )


def _judged(context: Context, handler: str, cell: str, look: Look) -> Verdict:
    if known(handler, cell):
        context = replace(context, patience=min(context.patience, LIMIT_PATIENCE))
    return judged(handler, cell, look(context, handler))


_list_checks()
