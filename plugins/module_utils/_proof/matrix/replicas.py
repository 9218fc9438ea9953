"""The rows about ending pods and having many."""

from __future__ import annotations

import time

from ..._machine.waiting import poll
from ..check import Verdict
from ..context import Context
from ..pods.pod import hello_container, make_pod
from .living import must_run
from .objects import labelled
from .rows import row
from .start import clear

STOPS_WITHIN = 20.0
# Seconds. Emulation takes as long as its host has others to serve: 62 were seen beside a compiler.
GONE_WITHIN = {"kvm": 60.0, "tcg": 120.0}
FEW, MANY = 3, 10


@row("sigterm", "ends on SIGTERM within 20 s", 43)
def sigterm(context: Context, column: str) -> Verdict:
    """A pod that is deleted ends long before its grace period does."""
    must_run(context, f"busy-{column}", "busy")
    begun = time.monotonic()
    # Asked once: what a server that refuses takes is no pod's.
    context.cluster.kubectl(f"delete pod busy-{column} --wait --timeout=150s")
    took = time.monotonic() - begun
    return Verdict(took <= STOPS_WITHIN, f"at most {STOPS_WITHIN:.0f} s", f"{took:.0f} s")


@row("replicas", "three replicas", 70)
def few(context: Context, column: str) -> Verdict:
    """The first replicas, on a node where nothing else of the matrix runs."""
    clear(context, "pods,services")
    return available(context, column, FEW)


@row("scale", "scaled to ten", 71)
def scale(context: Context, column: str) -> Verdict:
    """Ten of them, with those that are there."""
    return available(context, column, MANY)


def available(context: Context, column: str, count: int) -> Verdict:
    """So many replicas are available."""
    name = f"many-{column}"
    labels = {"many": column}
    pod = make_pod(name, column, [hello_container("module", [], {"HELLO_STAY": "1"})])
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


@row("gone", "ten deleted within 60 s, under emulation 120 s", 72)
def gone(context: Context, column: str) -> Verdict:
    """They are gone soon after they were deleted."""
    if not context.cluster.get(f"deployment many-{column}"):
        return Verdict(False, "a Deployment", "there is none")
    begun = time.monotonic()
    context.cluster.insist(
        f"delete deployment many-{column} --cascade=foreground --wait --timeout=300s"
    )
    took = time.monotonic() - begun
    left = [
        f"pod {each['metadata']['name']}" for each in context.cluster.get(f"pods -l many={column}")
    ]
    found = ", ".join([f"{took:.0f} s", *left])
    limit = GONE_WITHIN[context.machine.accelerator]
    return Verdict(not left and took <= limit, f"at most {limit:.0f} s", found)
