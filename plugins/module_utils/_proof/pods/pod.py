"""The pods of the proof: what they are, and what must have become of them.

Everything here is plain data about pods, so that it is tested without a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..._workloads.container_images import HELLO, INFER, SIDECAR, TRAP
from ..krustlet import node as krustlet

NATIVE_BESIDE = ("wasmedge-mixed", "wasmtime", "wasmer")
ONCE_ARGUMENTS = ["once", "and for all"]
Pod = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Program:
    """One container that must have run: what it prints, exactly, and its exit status; a status of
    None means that it must still be running."""

    container: str
    output: str
    status: int | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """A pod and all that must be true of it."""

    pod: Mapping[str, Any]
    programs: tuple[Program, ...]
    fails: bool = False

    @property
    def name(self) -> str:
        """The pod's name."""
        return str(self.pod["metadata"]["name"])


def hello(runtime_class: str) -> Expectation:
    """A WASI program that ends well, then one that stays; beside a native sidecar where the
    RuntimeClass takes such pods."""
    name = f"hello-{runtime_class}"
    both = beside(runtime_class, name)
    kept = 2 if runtime_class in NATIVE_BESIDE else 1
    once = Program("once", f"hello from {name} on wasip1: {' '.join(ONCE_ARGUMENTS)}\n", 0)
    pod = make_pod(
        name,
        runtime_class,
        both.pod["spec"]["containers"][:kept],
        initContainers=[hello_container("once", ONCE_ARGUMENTS, {})],
    )
    return Expectation(pod, (once, *both.programs[:kept]))


def beside(runtime_class: str, name: str, **more: Any) -> Expectation:
    """A WASI program that stays, and a native sidecar, in one pod called `name`; `more` goes into
    its specification."""
    stay = hello_container("stay", ["stay"], {"HELLO_STAY": "1"})
    pod = make_pod(name, runtime_class, [stay, container("sidecar", SIDECAR)], **more)
    programs = (
        Program("stay", f"hello from {name} on wasip1: stay\n", None),
        Program("sidecar", "native sidecar on linux\n", None),
    )
    return Expectation(pod, programs)


def trap(runtime_class: str) -> Expectation:
    """A WASI program that traps: the pod must fail, after its one line."""
    name, containers = f"trap-{runtime_class}", [container("trap", TRAP)]
    pod = make_pod(name, runtime_class, containers, restartPolicy="Never")
    return Expectation(pod, (Program("trap", "about to trap\n", None),), fails=True)


def infer(runtime_class: str, inputs: Sequence[Sequence[float]]) -> Expectation:
    """A WASI program that puts each of `inputs` through the model; what it prints is another's to
    judge."""
    arguments = [repr(value) for values in inputs for value in values]
    name, containers = f"infer-{runtime_class}", [container("infer", INFER, arguments)]
    pod = make_pod(name, runtime_class, containers, restartPolicy="Never")
    return Expectation(pod, (Program("infer", "", 0),))


def container(name: str, image: str, arguments: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A container of an image that is on the node; `more` are other fields of it."""
    arguments_too = {"args": list(arguments)} if arguments else {}
    return {"name": name, "image": image, "imagePullPolicy": "Never", **arguments_too, **more}


def make_pod(
    name: str, runtime_class: str, containers: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    """A pod of `containers`; `more` goes into its specification. `runtime_class` may be Krustlet's
    name, whose node has no RuntimeClasses."""
    # crun looks at each container of such a pod and takes the engine for Wasm modules only.
    by_annotation = runtime_class == "wasmedge-mixed"
    annotations = {"module.wasm.image/variant": "compat-smart"} if by_annotation else {}
    specification = {
        "runtimeClassName": runtime_class,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "containers": containers,
        **more,
    }
    elsewhere = runtime_class == krustlet.NAME
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": annotations},
        "spec": krustlet.placed(specification) if elsewhere else specification,
    }


def hello_container(
    name: str, arguments: list[str], environment: Mapping[str, str]
) -> dict[str, Any]:
    """A container of workloads/hello.c."""
    source = {"fieldRef": {"fieldPath": "metadata.name"}}
    variables: list[dict[str, Any]] = [{"name": "HELLO_FROM", "valueFrom": source}]
    variables += [{"name": key, "value": value} for key, value in environment.items()]
    return container(name, HELLO, arguments, env=variables)


def unfinished(wanted: Expectation, pod: Pod, since: float) -> str:
    """What still has to happen until `pod` is as wanted, after `since` (seconds since 1970);
    empty when nothing has."""
    statuses = container_statuses(pod)
    if wanted.fails:
        phase = pod.get("status", {}).get("phase")
        return "" if phase == "Failed" else f"its phase is {phase}, not Failed"
    for program in wanted.programs:
        state = statuses.get(program.container, {}).get("state", {})
        if program.status is None:
            began = state.get("running", {}).get("startedAt")
            if began is None or seconds(began) < since:
                return f"container {program.container} is not running: {_brief(state)}"
            continue
        ended = state.get("terminated", {})
        if "finishedAt" not in ended or seconds(ended["finishedAt"]) < since:
            return f"container {program.container} has not ended: {_brief(state)}"
        if ended["exitCode"] != program.status:
            return f"container {program.container} ended with status {ended['exitCode']}"
    return ""


def hopeless(wanted: Expectation, pod: Pod) -> bool:
    """Whether what is missing cannot come any more: a program that must stay has ended, in a pod
    that starts none again."""
    if pod["spec"].get("restartPolicy") != "Never" or wanted.fails:
        return False
    statuses = container_statuses(pod)
    states = [statuses.get(p.container, {}).get("state", {}) for p in wanted.programs
              if p.status is None]  # fmt: skip
    return any("terminated" in state for state in states)


def troubles(pod: Pod, events: Iterable[Mapping[str, Any]], since: float) -> list[str]:
    """What kubelet and the runtime say against the pod: reasons and messages, newest last.

    Events count only when they are of this very pod and after `since` (seconds since 1970).
    """
    found = []
    for event in events:
        if event.get("type") != "Warning" or _subject(event) != pod["metadata"]["uid"]:
            continue
        if _event_time(event) >= since:
            found.append(f"{event.get('reason')}: {event.get('message')}")
    for name, status in container_statuses(pod).items():
        waiting = status.get("state", {}).get("waiting", {})
        if waiting.get("message"):
            found.append(f"{name}: {waiting.get('reason')}: {waiting['message']}")
        for state in (status.get("lastState", {}), status.get("state", {})):
            ended = state.get("terminated", {})
            if ended.get("exitCode"):
                found.append(f"{name}: {_brief(state)}")
    return list(dict.fromkeys(found))


def container_statuses(pod: Pod) -> dict[str, Mapping[str, Any]]:
    """Every container's status by its name, init containers first."""
    status = pod.get("status", {})
    lists = (status.get("initContainerStatuses", []), status.get("containerStatuses", []))
    return {entry["name"]: entry for entries in lists for entry in entries}


def running_since(pod: Pod, since: float) -> str:
    """Why `pod` is not running with every container started after `since`; empty when it is."""
    name = pod["metadata"]["name"]
    statuses = pod.get("status", {}).get("containerStatuses", [])
    if not statuses:
        return f"{name}: no container yet"
    for status in statuses:
        began = status.get("state", {}).get("running", {}).get("startedAt")
        if began is None:
            return f"{name}: {status['name']} is not running: {_brief(status.get('state', {}))}"
        if seconds(began) < since:
            return f"{name}: {status['name']} has not been started again"
        if not status.get("ready"):
            return f"{name}: {status['name']} is not ready"
    return ""


def seconds(stamp: str) -> float:
    """A Kubernetes time stamp (RFC 3339, UTC) as seconds since 1970."""
    text = stamp.removesuffix("Z").partition(".")[0]
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _subject(event: Mapping[str, Any]) -> Any:
    return event.get("involvedObject", {}).get("uid")


def _event_time(event: Mapping[str, Any]) -> float:
    series = event.get("series") or {}
    for stamp in (series.get("lastObservedTime"), event.get("lastTimestamp"),
                  event.get("eventTime")):  # fmt: skip
        if stamp:
            return seconds(stamp)
    return 0.0


def _brief(state: Mapping[str, Any]) -> str:
    for kind, detail in state.items():
        words = [kind, detail.get("reason", ""), detail.get("message", "").strip()]
        if "exitCode" in detail:
            words.insert(1, f"with status {detail['exitCode']}")
        return " ".join(word for word in words if word)
    return "no state yet"
