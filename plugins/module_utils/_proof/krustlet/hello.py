"""Check that a WASI program runs on Krustlet's node."""

from __future__ import annotations

import base64

from ..._workloads.programs import Workload, build
from ..check import Verdict, check
from ..context import Context
from ..phases import PODS
from ..pods.pod import ExpectedContainer, ExpectedPod, hello_container, make_pod
from ..pods.running import runs
from ..subjects import krustlet
from . import node


@check(f"wasm.{node.NAME}", PODS.at(80, of=krustlet))
def hello(context: Context) -> Verdict:
    """A WASI program that ends well, then one that stays: modules in a ConfigMap."""
    if not context.cluster.get("configmap modules"):
        module = base64.b64encode(build(Workload("hello.c"), context.root).read_bytes()).decode()
        context.cluster.apply(
            [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "modules"},
              "binaryData": {"hello.wasm": module}}]
        )  # fmt: skip
    return runs(context, expected())


def expected() -> ExpectedPod:
    """The pod, and what must be true of it."""
    name = f"hello-{node.NAME}"
    once = hello_container("once", ["once", "and for all"], {})
    stay = hello_container("stay", ["stay"], {"HELLO_STAY": "1"})
    first, second = (node.from_volume(each, "modules", "hello.wasm") for each in (once, stay))
    volumes = [{"name": "modules", "configMap": {"name": "modules"}}]
    pod = make_pod(name, node.NAME, [second], initContainers=[first], volumes=volumes)
    return ExpectedPod(
        pod,
        (
            ExpectedContainer("once", f"hello from {name} on wasip1: once and for all\n", 0),
            ExpectedContainer("stay", f"hello from {name} on wasip1: stay\n", None),
        ),
    )
