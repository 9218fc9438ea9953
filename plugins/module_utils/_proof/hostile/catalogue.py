"""The catalogue of hostile pods: what each does, and how it ends on each engine.

Everything here is plain data, so that it is tested without a cluster.

Each pod has the limits that a policy for tenants would force on it (LimitRange, a quota, an
admission plugin): memory, processor time, local storage, and a size for its volume. Without limits
a pod may take all that the node has; that is Kubernetes' own rule, and no engine changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..._workloads.container_images import HOSTILE, HOSTILE_MODULE
from ..krustlet import node
from ..pods.pod import container, make_pod

MEMORY_MIB, STORAGE_MIB = 128, 16
LIMITS = {"memory": f"{MEMORY_MIB}Mi", "cpu": "200m", "ephemeral-storage": f"{STORAGE_MIB}Mi"}
REQUESTS = {"memory": "16Mi", "cpu": "10m", "ephemeral-storage": "1Mi"}
# More than a pod may have, and less than harms a node where nobody looks for a minute.
TOO_MANY_MIB = "192"
NAME, BEATS = "hostile", "beats"
# A file that every node has and no container.
OF_NODE = "/etc/vessel/release"
ALL = ""

RUNS, DONE, EVICTED = "^runs; ", "^ended 0 ", "^evicted: "
KILLED, TRAPPED, CANNOT_RUN = "^ended 137 ", "^ended 134 ", "^ended 126 "
AGAIN = "^waits CrashLoopBackOff"
NOT_COMPILED = "^waits CreateContainerError"
COMPILING = f"{NOT_COMPILED}.*compiling it"
# WasmEdge's word for whatever goes wrong, in the container or before there is one.
FAILED = "^ended (1|128) |^waits (RunContainerError|CreateContainerError)"
# Wasmer has these interfaces, and what they tell a program that is not made for them is its own.
WASIX = "^ended (0|126|134) "


@dataclass(frozen=True, slots=True)
class Hostile:
    """One pod. `ends` is a pattern of what becomes of it (see `ending.told`), by the column, and by
    ALL for the others; `again` says whether it is started again, and `more` are other fields of its
    container."""

    name: str
    group: str
    arguments: tuple[str, ...] = ()
    image: str = HOSTILE
    ends: Mapping[str, str] = field(default_factory=lambda: {ALL: RUNS})
    again: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    def expected(self, column: str) -> str:
        """How it ends on this column."""
        return self.ends.get(column, self.ends[ALL])

    def pod(self, column: str) -> dict[str, Any]:
        """The pod itself, on this column."""
        resources = {"limits": LIMITS, "requests": REQUESTS}
        given = {"resources": resources, "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
        made = make_pod(
            name_of(self.name, column),
            column,
            [container(NAME, self.image, self.arguments, **given, **self.more)],
            restartPolicy="Always" if self.again else "Never",
            volumes=[{"name": "data", "emptyDir": {"sizeLimit": f"{STORAGE_MIB}Mi"}}],
        )
        made["metadata"]["labels"] = {NAME: column}
        return made


def name_of(name: str, column: str) -> str:
    """What the pod of a row is called on a column."""
    return f"{NAME}-{name}-{column}"


def neighbour(column: str) -> dict[str, Any]:
    """The pod of the same engine that says every second what time it is."""
    made = Hostile(BEATS, "", ("beat",), again=True).pod(column)
    made["spec"]["containers"][0]["resources"] = {
        "limits": LIMITS,
        "requests": {**REQUESTS, "cpu": "100m"},
    }
    return made


def _made(name: str, group: str, ends: Mapping[str, str]) -> Hostile:
    """A row whose module is made byte by byte; `name` is that of `_workloads/wasm.py`."""
    return Hostile(name, group, image=HOSTILE_MODULE.format(name), ends=ends)


def _wrong(krustlet: str = NOT_COMPILED, **others: str) -> dict[str, str]:
    """How what cannot run ends."""
    return {ALL: CANNOT_RUN, "wasmedge": FAILED, node.NAME: krustlet, **others}


_OUT_OF_REACH = {ALL: r"^ended 0 .*; log '(?!.*REACHED).*\b0 reached"}
_ESCAPES = (
    OF_NODE,
    f"/data/../..{OF_NODE}",
    f"/data/../../../../../..{OF_NODE}",
    f"/proc/1/root{OF_NODE}",
    f"/proc/self/root{OF_NODE}",
    f"/proc/self/cwd/../../..{OF_NODE}",
)
_LINKED = (
    OF_NODE,
    f"../../../../..{OF_NODE}",
    f"/proc/1/root{OF_NODE}",
    f"/data/../..{OF_NODE}",
)
_DEVICES = ("/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/kvm", "/dev/mapper/control")
_KERNEL = (
    "/proc/sysrq-trigger",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/vm/drop_caches",
    "/sys/kernel/mm/ksm/run",
    "/sys/fs/cgroup/cgroup.procs",
    "/sys/power/state",
)
_WORDS = tuple(f"{number:03}{'x' * 997}" for number in range(100))
_VARIABLES = [{"name": f"V{number}", "value": "x" * 500} for number in range(100)]

ROWS: tuple[Hostile, ...] = (
    # What has no end is bounded by its limit, and is gone soon after it was deleted, although
    # nothing of it heeds SIGTERM.
    Hostile("spin", "time", ("spin",)),
    Hostile("clocks", "time", ("clocks",)),
    Hostile("polls", "time", ("polls",)),
    Hostile("inputs", "time", ("inputs",)),
    Hostile("entropy", "time", ("entropy",)),
    Hostile("naps", "time", ("naps",)),
    Hostile("dozes", "time", ("dozes",)),
    _made("starts", "time", {ALL: RUNS}),
    Hostile("grows", "memory", ("grows",), ends={ALL: KILLED}),
    Hostile("leaps", "memory", ("leaps",), ends={ALL: KILLED}),
    _made("pages", "memory", {ALL: DONE, node.NAME: f"{KILLED}OOMKilled"}),
    _made("tables", "memory", {ALL: KILLED, "wasmtime": f"{DONE}|{KILLED}"}),
    _made("table", "memory", {ALL: KILLED}),
    _made("recursion", "memory", {ALL: TRAPPED, "wasmedge": f"{FAILED}|{KILLED}"}),
    _made("frames", "memory", {ALL: TRAPPED, "wasmedge": f"{FAILED}|{KILLED}"}),
    Hostile("words", "memory", ("words", *_WORDS), more={"env": _VARIABLES},
            ends={ALL: "^ended 0 .*102 arguments"}),
    Hostile("volume", "storage", ("fill", "/data/file", TOO_MANY_MIB), ends={ALL: EVICTED}),
    # A pod of Krustlet's has its volumes and no other file.
    Hostile("root", "storage", ("fill", "/file", TOO_MANY_MIB),
            ends={ALL: EVICTED, node.NAME: f"{DONE}.*not begun"}),
    Hostile("lines", "storage", ("lines", TOO_MANY_MIB), ends={ALL: EVICTED}),
    Hostile("files", "storage", ("files", "/data", "8000"), ends={ALL: EVICTED}),
    Hostile("deep", "storage", ("deep", "/data", "1500"), ends={ALL: f"{DONE}.*levels"}),
    Hostile("sparse", "storage", ("sparse", "/data/file"), ends={ALL: f"{DONE}.*TiB"}),
    Hostile("opens", "storage", ("opens", "/data/file", "20000"),
            ends={ALL: f"{DONE}.*open files|{KILLED}", node.NAME: f"{DONE}.*open files"}),
    Hostile("reads", "reach", ("reads", *_ESCAPES), ends=_OUT_OF_REACH),
    Hostile("links", "reach", ("links", "/data", *_LINKED), ends=_OUT_OF_REACH),
    Hostile("devices", "reach", ("writes", *_DEVICES), ends=_OUT_OF_REACH),
    Hostile("kernel", "reach", ("writes", *_KERNEL), ends=_OUT_OF_REACH),
    Hostile("sockets", "reach", ("sockets",), ends=_OUT_OF_REACH),
    Hostile("status", "reach", ("exit", "4294967295"),
            ends={ALL: f"{TRAPPED}.*invalid exit status", "wasmer": "^ended 255 ",
                  "wasmedge": DONE}),
    Hostile("traps", "reach", ("trap",), again=True, ends={ALL: AGAIN}),
    Hostile("quits", "reach", ("exit", "0"), again=True, ends={ALL: AGAIN}),
    # Bombs for compilers, and interfaces that no pod is given.
    _made("functions", "bombs", {ALL: f"{RUNS}|{KILLED}|{DONE}", "wasmedge": f"{DONE}|{KILLED}",
                                 node.NAME: f"{COMPILING}|{DONE}"}),
    _made("function", "bombs", {ALL: f"{DONE}|{KILLED}", node.NAME: f"{COMPILING}|{DONE}"}),
    _made("blocks", "bombs", {ALL: f"{DONE}|{KILLED}|{CANNOT_RUN}",
                              "wasmedge": f"{DONE}|{KILLED}|{FAILED}",
                              node.NAME: f"{NOT_COMPILED}|{DONE}"}),
    _made("name", "bombs", _wrong(CANNOT_RUN)),
    _made("threads", "bombs", _wrong(CANNOT_RUN, wasmer=WASIX)),
    _made("forks", "bombs", _wrong(CANNOT_RUN, wasmer=WASIX)),
    _made("cut", "malformed", _wrong()),
    _made("counts", "malformed", _wrong()),
    _made("twice", "malformed", _wrong()),
    _made("outside", "malformed", _wrong(CANNOT_RUN)),
    _made("no-start", "malformed", _wrong(CANNOT_RUN)),
)  # fmt: skip
GROUPS = tuple(dict.fromkeys(row.group for row in ROWS))


def group_of(name: str) -> tuple[Hostile, ...]:
    """The pods of one group, which are run side by side."""
    return tuple(row for row in ROWS if row.group == name)
