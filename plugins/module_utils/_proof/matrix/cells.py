"""The cells of the matrix that a container shows: what it runs, and what must come of it.

Some share a container, as each one that is started takes an emulated node seconds.

Everything here is plain data, so that it is tested without a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..._workloads import container_images as images
from ..._workloads.onnx import TOLERANCE, distance
from ..pods.pod import container

CLOCKS_APART = 300.0
# Container -> what a person must find, in its log or in its pod's events: the file is not
# WebAssembly; the interface is unknown; the function is missing.
CAUSES = {
    "no-wasm": r"(?i)not WebAssembly|magic|malformed|format error",
    "old-wasi": r"wasi_unstable",
    "no-import": r"(?s)unknown import.*absent|absent.*unknown import",
}
DEVICES = (
    "/dev/null: 0 read, nothing in it, written\n"
    "/dev/zero: 8 read, nothing in it, written\n"
    "/dev/full: 8 read, nothing in it, No space left on device\n"
    "/dev/random: 8 read, something in it, written\n"
    "/dev/urandom: 8 read, something in it, written\n"
)
LIMIT_MIB, WANTED_MIB = 128, 300
LAST_WORDS = "why it ended"
# What the strictest of Kubernetes' Pod Security Standards asks of a container, and more.
HARDENED = {
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
# Engines have words of their own for what the kernel refused.
REFUSED = (
    rf"kept\nread {images.OF_ROOT}: (Permission denied|Operation not permitted)\nwrite /new: .+"
)
# A guest's own files of /proc, of which it finds neither.
UNREACHED = r"(memory /proc/self/maps|descriptors /proc/self/fd): .+"
TOGETHER, HEADING = "together", "== "


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a container: its exit status, its log, what the kubelet says of it in status
    and events, and the guest's clock in seconds since 1970."""

    status: int
    log: str
    told: str
    now: float

    def __str__(self) -> str:
        return f"status {self.status}, log {self.log[-400:]!r}, told {self.told[-400:]!r}"


Judge = Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a container runs, and whether what became of it is what the capability promises.

    `where` names the container: TOGETHER for one that runs several cells one after the other,
    another cell's for the same run looked at in another way, by default one of its own.
    """

    name: str
    title: str
    good: Judge
    image: str = images.CHECK
    arguments: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""

    @property
    def place(self) -> str:
        """The name of its container."""
        return self.where or self.name

    def of(self, seen: Seen) -> Seen:
        """Its own part of what became of its container."""
        return part(seen, self.name) if self.where == TOGETHER else seen


def containers(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """The containers of a pod that show all `cells`."""
    own = [container(cell.name, cell.image, cell.arguments, **cell.more)
           for cell in cells if not cell.where]  # fmt: skip
    shared = [cell for cell in cells if cell.where == TOGETHER]
    if not shared:
        return own
    words = [w for cell in shared for w in ("say", f"{HEADING}{cell.name}", *cell.arguments)]
    more = {key: value for cell in shared for key, value in cell.more.items()}
    return [*own, container(TOGETHER, images.CHECK, words, **more)]


def part(seen: Seen, name: str) -> Seen:
    """What is below the heading `name`; its status is the container's where that one stopped."""
    _, *found = re.split(rf"(?m)^{HEADING}(.*)\n", seen.log)
    logs = dict(zip(found[::2], found[1::2], strict=True))
    if name not in logs:
        return replace(seen, status=seen.status or 1, log=f"not begun: {seen.log[-200:]}")
    last = found[-2] == name
    return replace(seen, status=seen.status if last else 0, log=logs[name])


def printed(text: str, status: int = 0) -> Judge:
    """It printed exactly `text` and ended with `status`."""
    return lambda seen: (seen.log, seen.status) == (text, status)


def _output(seen: Seen) -> bool:
    return sorted(seen.log.splitlines()) == ["on error", "on output"] and seen.status == 0


def _trapped(seen: Seen) -> bool:
    # The two streams of a container are read apart: what was said last may stand first.
    return seen.status != 0 and "before" in seen.log.splitlines() and "unreachable" in seen.log


def _clock(seen: Seen) -> bool:
    found = re.fullmatch(r"(\d+) goes on\n", seen.log)
    return found is not None and abs(int(found[1]) - seen.now) < CLOCKS_APART


def _random(seen: Seen) -> bool:
    found = re.fullmatch(r"([0-9a-f]{32}) ([0-9a-f]{32})\n", seen.log)
    return found is not None and found[1] != found[2] and len(set(found[1])) > 2


def _stopped(seen: Seen) -> bool:
    """The kernel killed it before it had written all that memory."""
    return seen.status == 137 and f"{WANTED_MIB} MiB\n" not in seen.log


def _told_why(seen: Seen) -> bool:
    said = f"container's limit of {LIMIT_MIB} MiB"
    return seen.status != 0 and ("OOMKilled" in seen.told or said in seen.log)


def _message(seen: Seen) -> bool:
    return LAST_WORDS in seen.told.splitlines()


def _fallback(seen: Seen) -> bool:
    return "before" in seen.told.splitlines() and "unreachable" in seen.told


def _hardened(seen: Seen) -> bool:
    said = "\n".join(sorted(seen.log.splitlines()))
    return bool(re.fullmatch(REFUSED, said)) and seen.status == 0


def _unreached(seen: Seen) -> bool:
    lines = seen.log.splitlines()
    found = sorted(match[1] for line in lines if (match := re.fullmatch(UNREACHED, line)))
    return len(lines) == len(found) == len(set(found)) == 2 and seen.status == 0


def _caused(seen: Seen, pattern: str) -> bool:
    return seen.status != 0 and bool(re.search(pattern, seen.log + seen.told))


def inferred(seen: Seen, inputs: Sequence[Sequence[float]]) -> bool:
    """The last numbers are those of the reference for each of `inputs`."""
    return seen.status == 0 and distance(seen.log, inputs) <= TOLERANCE


VOLUMES = [
    {"name": "data", "emptyDir": {}},
    {"name": "about", "downwardAPI": {"items": [
        {"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
]  # fmt: skip


def plain(pod: str) -> tuple[Cell, ...]:
    """The cells of one pod called `pod`."""
    field_of_pod = {"fieldRef": {"fieldPath": "metadata.name"}}
    environment = [
        {"name": "GIVEN", "value": "value=with=signs"},
        {"name": "POD", "valueFrom": field_of_pod},
    ]
    mounts = [
        {"name": "data", "mountPath": "/data"},
        {"name": "about", "mountPath": "/about"},
    ]
    devices = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
    memory = {"resources": {"limits": {"memory": f"{LIMIT_MIB}Mi"}}}
    return (
        Cell("output", "standard output and error", _output,
             arguments=("say", "on output", "complain", "on error")),
        Cell("arguments", "arguments", printed("a b\n\n--flag=c\n"),
             arguments=("list", "a b", "", "--flag=c")),
        Cell("environment", "environment", printed(f"value=with=signs\n{pod}\nunset\n"),
             arguments=("env", "GIVEN", "env", "POD", "env", "NOT_GIVEN"),
             more={"env": environment}, where=TOGETHER),
        Cell("exit", "exit code 42", printed("", 42), arguments=("exit", "42")),
        Cell("trap", "trap", _trapped, arguments=("say", "before", "trap"),
             more={"terminationMessagePolicy": "FallbackToLogsOnError"}),
        Cell("volume", "volume read and write", printed("kept\n"),
             arguments=("write", "/data/file", "kept", "read", "/data/file"),
             more={"volumeMounts": mounts}, where=TOGETHER),
        Cell("projected", "read-only volume (ConfigMap, Secret, downward)", printed(f"{pod}\n"),
             arguments=("read", "/about/name", "say", ""), more={"volumeMounts": mounts},
             where=TOGETHER),
        Cell("clock", "clock", _clock, arguments=("clock",), where=TOGETHER),
        Cell("random", "random numbers", _random, arguments=("random",), where=TOGETHER),
        # The last of them, as a program without devices goes no further.
        Cell("devices", "devices", printed(DEVICES),
             arguments=tuple(word for name in devices for word in ("device", name)),
             where=TOGETHER),
        Cell("memory-limit", "memory limit honoured", _stopped,
             arguments=("allocate", str(WANTED_MIB)), more=memory),
        Cell("oom", "cause found: over its memory limit", _told_why, where="memory-limit"),
        Cell("message", "`terminationMessagePath`", _message,
             arguments=("write", "/dev/termination-log", LAST_WORDS)),
        Cell("fallback", "`FallbackToLogsOnError`", _fallback, where="trap"),
        Cell("hardened", "read-only root, no capabilities, not as root", _hardened,
             arguments=("try", "read", images.OF_ROOT, "try", "write", "/new", "x",
                        "write", "/data/hardened", "kept", "read", "/data/hardened"),
             more={"volumeMounts": mounts, "securityContext": HARDENED}),
        Cell("memory-file", "its process's memory out of the guest's reach (`/proc/self/mem`)",
             _unreached, arguments=("try", "descriptors", "try", "memory")),
    )  # fmt: skip


def unusual() -> tuple[Cell, ...]:
    """The cells of files that not every engine knows, or none; their pod may lack a container."""
    greeting = "hello from nowhere on wasip1:\n"
    return (
        # The kubelet's runtime interface knows no entry point of an artifact.
        Cell("artifact", "OCI artifact", printed(greeting), images.ARTIFACT,
             more={"command": [images.APP]}),
        Cell("component", "component (WASI preview 2)", printed("hello from a component\n"),
             images.COMPONENT),
        Cell("no-wasm", "cause found: no WebAssembly",
             partial(_caused, pattern=CAUSES["no-wasm"]), images.NO_WASM),
        Cell("old-wasi", "cause found: another WASI",
             partial(_caused, pattern=CAUSES["old-wasi"]), images.OLD_WASI),
        Cell("no-import", "cause found: missing import",
             partial(_caused, pattern=CAUSES["no-import"]), images.NO_IMPORT),
        Cell("no-suffix", "module whose name lacks `.wasm`", printed("without a suffix\n"),
             images.NO_SUFFIX, ("say", "without a suffix")),
        Cell("terminal", "terminal (`tty: true`)", printed("a terminal\n"),
             arguments=("terminal",), more={"tty": True}),
    )  # fmt: skip


def models(inputs: Sequence[Sequence[float]]) -> tuple[Cell, ...]:
    """The cells of machine learning: each puts all of `inputs` through the model."""
    arguments = tuple(repr(value) for values in inputs for value in values)
    good = partial(inferred, inputs=inputs)
    return (
        Cell("tvm", "model compiled by TVM", good, images.TVM, arguments),
        Cell("nn", "WASI-NN (ONNX)", good, images.INFER, arguments),
    )
