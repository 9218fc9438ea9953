"""The pods of the proof: what they are, and what must have become of them.

Everything here is plain data about pods, so that it is tested without a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._workloads.container_images import HELLO, INFER, SIDECAR, TRAP
from ..krustlet import node
from ..runtimes import RUNTIMES

ONCE_ARGUMENTS = ["once", "and for all"]
# What the Pod Security Standards' baseline allows, and many clusters ask for.
CONFINED = {"appArmorProfile": {"type": "RuntimeDefault"}}


@dataclass(frozen=True, slots=True)
class ExpectedContainer:
    """One container that must have run: what it prints, exactly, and its exit status; a status of
    None means that it must still be running."""

    name: str
    output: str
    status: int | None


@dataclass(frozen=True, slots=True)
class ExpectedPod:
    """A pod and all that must be true of it."""

    pod: Mapping[str, Any]
    containers: tuple[ExpectedContainer, ...]
    fails: bool = False

    @property
    def name(self) -> str:
        """The pod's name."""
        return str(self.pod["metadata"]["name"])


def hello(runtime_class: str) -> ExpectedPod:
    """A WASI program that ends well, then one that stays; beside a native sidecar where the
    RuntimeClass takes such pods."""
    name = f"hello-{runtime_class}"
    both = beside(runtime_class, name)
    kept = 2 if RUNTIMES[runtime_class].mixed else 1
    once = ExpectedContainer(
        "once", f"hello from {name} on wasip1: {' '.join(ONCE_ARGUMENTS)}\n", 0
    )
    pod = make_pod(
        name,
        runtime_class,
        both.pod["spec"]["containers"][:kept],
        initContainers=[hello_container("once", ONCE_ARGUMENTS, {})],
        securityContext=CONFINED,
    )
    return ExpectedPod(pod, (once, *both.containers[:kept]))


def beside(runtime_class: str, name: str, **more: Any) -> ExpectedPod:
    """A WASI program that stays, and a native sidecar, in one pod called `name`; `more` goes into
    its specification."""
    stay = hello_container("stay", ["stay"], {"HELLO_STAY": "1"})
    pod = make_pod(name, runtime_class, [stay, container("sidecar", SIDECAR)], **more)
    containers = (
        ExpectedContainer("stay", f"hello from {name} on wasip1: stay\n", None),
        ExpectedContainer("sidecar", "native sidecar on linux\n", None),
    )
    return ExpectedPod(pod, containers)


def confined() -> ExpectedPod:
    """A native program without a RuntimeClass, under the profile that the container runtime has."""
    pod = make_pod("confined", "", [container("native", SIDECAR)], securityContext=CONFINED)
    return ExpectedPod(pod, (ExpectedContainer("native", "native sidecar on linux\n", None),))


def trap(runtime_class: str) -> ExpectedPod:
    """A WASI program that traps: the pod must fail, after its one line."""
    name, containers = f"trap-{runtime_class}", [container("trap", TRAP)]
    pod = make_pod(name, runtime_class, containers, restartPolicy="Never")
    return ExpectedPod(pod, (ExpectedContainer("trap", "about to trap\n", None),), fails=True)


def infer(runtime_class: str, inputs: Sequence[Sequence[float]]) -> ExpectedPod:
    """A WASI program that puts each of `inputs` through the model; what it prints is another's to
    judge."""
    arguments = [repr(value) for values in inputs for value in values]
    name, containers = f"infer-{runtime_class}", [container("infer", INFER, arguments)]
    pod = make_pod(name, runtime_class, containers, restartPolicy="Never")
    return ExpectedPod(pod, (ExpectedContainer("infer", "", 0),))


def container(name: str, image: str, arguments: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A container of an image that is on the node; `more` are other fields of it."""
    arguments_too = {"args": list(arguments)} if arguments else {}
    return {"name": name, "image": image, "imagePullPolicy": "Never", **arguments_too, **more}


def make_pod(
    name: str, runtime_class: str, containers: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    """A pod of `containers`; `more` goes into its specification. `runtime_class` may be Krustlet's
    name, whose node has no RuntimeClasses, and empty for the node's default."""
    specification = {
        **({"runtimeClassName": runtime_class} if runtime_class else {}),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "containers": containers,
        **more,
    }
    elsewhere = runtime_class == node.NAME
    annotations = dict(RUNTIMES[runtime_class].pod_annotations) if runtime_class else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": annotations},
        "spec": node.placed(specification) if elsewhere else specification,
    }


def hello_container(
    name: str, arguments: list[str], environment: Mapping[str, str]
) -> dict[str, Any]:
    """A container of workloads/hello.c."""
    source = {"fieldRef": {"fieldPath": "metadata.name"}}
    variables: list[dict[str, Any]] = [{"name": "HELLO_FROM", "valueFrom": source}]
    variables += [{"name": key, "value": value} for key, value in environment.items()]
    return container(name, HELLO, arguments, env=variables)
