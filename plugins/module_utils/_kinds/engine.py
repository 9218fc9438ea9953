"""The form of a file in `engines/`: a WebAssembly engine, as containerd runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .program import RustCrate


@dataclass(frozen=True, slots=True)
class Limit:
    """What an engine cannot do, and is not ours to mend: why, and the pattern that what the proof
    found must show then."""

    reason: str
    symptom: str


# A module that has `/` preopened finds there what any process of the container finds.
WHOLE_ROOT: Mapping[str, Limit] = MappingProxyType(
    {
        "memory-file": Limit(
            "a guest has the container's whole `/`, `/proc` too: the container is the boundary",
            r"/proc/self/mem: 8 read, 8 written",
        )
    }
)


@dataclass(frozen=True, slots=True)
class Handler:
    """A containerd handler of an engine; the RuntimeClass has its name, too.

    `program` is the OCI runtime that containerd's `runtime_type` starts, if it starts one;
    `annotations` are those of a pod that it is handed. `mixed` says whether native containers run
    beside modules in one pod; `pod_annotations` are those that its pods must have. `limits` are
    rows of the proof's matrix: they must fail, and as they say.
    """

    name: str
    about: str
    runtime_type: str
    program: str = ""
    annotations: tuple[str, ...] = ()
    mixed: bool = True
    pod_annotations: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """What the tree must have for an engine to run: `command`, run there, prints `says`; and what
    the user is told `otherwise`."""

    command: str
    says: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine. `title` is how its makers write it.

    `handlers`: the first is the one that `wasm` means where this engine is the default.
    `overhead`: what a pod costs beside its containers, as a Kubernetes quantity.
    `packages`: Debian packages that the node needs for it. `shim`: the program of this project that
    containerd starts for it. `released`: the file that somebody's release brings, by its name;
    `directory`: where it lies on the node. `libraries`: what is opened by name when a module
    starts, so that no linker misses it.

    `http`: the interface by which a module serves HTTP, one of `_workloads`' servers. `wasi_nn`:
    whether modules put numbers through ONNX models; nobody promised it of a released shim.
    `limits`: as a handler's, of every handler.
    """

    title: str
    handlers: tuple[Handler, ...]
    overhead: str
    released: str
    http: str
    directory: str = "/usr/local/bin"
    packages: tuple[str, ...] = ()
    shim: RustCrate | None = None
    needs: tuple[Need, ...] = ()
    libraries: tuple[str, ...] = ()
    wasi_nn: bool = False
    limits: Mapping[str, Limit] = field(default_factory=dict)
    name: str = ""
