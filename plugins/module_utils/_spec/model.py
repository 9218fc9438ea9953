"""The spec past the Cerberus boundary: complete, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._common.files import digest
from .._kinds.engines import ENGINES


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """Distribution and release by name, the kernel flavour: `cloud` or `generic`, and the package
    that keeps the clock."""

    distribution: str
    release: str
    kernel: str
    time: str


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The exact version, `X.Y.Z` without a leading v."""

    version: str


@dataclass(frozen=True, slots=True)
class ContainerRuntime:
    """The exact version of containerd, `X.Y.Z` without a leading v."""

    containerd: str


@dataclass(frozen=True, slots=True)
class Wasm:
    """The engines to install, sorted, the one that is meant when nothing is said, and what is
    fetched of them (`engine`, `url`, `sha256`), sorted by engine."""

    runtimes: tuple[str, ...]
    default: str
    releases: tuple[Mapping[str, str], ...] = ()

    @property
    def built(self) -> tuple[str, ...]:
        """The engines that are not fetched from elsewhere: a released shim is in place of ours, and
        a release for an engine without one comes beside it."""
        released = {each["engine"] for each in self.releases if ENGINES[each["engine"]].shim}
        return tuple(name for name in self.runtimes if name not in released)


@dataclass(frozen=True, slots=True)
class Krustlet:
    """Whether the machine carries a second node, for WebAssembly only."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class Preload:
    """What lies on the image so that the node need not pull it."""

    control_plane: bool


@dataclass(frozen=True, slots=True)
class Spec:
    """One machine image, as its user wants it. Sets (architectures, outputs …) are sorted.

    `customize` and `machine` are plain data in the form of the files beside this one: of the first
    every key is there, of the second those that have a default.
    """

    schema: int
    name: str
    vessel: str
    architectures: tuple[str, ...]
    operating_system: OperatingSystem
    kubernetes: Kubernetes
    container_runtime: ContainerRuntime
    wasm: Wasm
    krustlet: Krustlet
    preload: Preload
    customize: Mapping[str, Any]
    machine: Mapping[str, Any]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Spec:
        """The spec from validated content with its defaults filled in."""
        wasm = content["wasm"]
        return cls(
            schema=content["schema"],
            name=content["name"],
            vessel=content["vessel"],
            architectures=tuple(sorted(content["architectures"])),
            operating_system=OperatingSystem(**content["operating_system"]),
            kubernetes=Kubernetes(**content["kubernetes"]),
            container_runtime=ContainerRuntime(**content["container_runtime"]),
            wasm=Wasm(
                tuple(sorted(wasm["runtimes"])),
                wasm["default"],
                tuple(sorted(wasm["releases"], key=lambda each: str(each["engine"]))),
            ),
            krustlet=Krustlet(**content["krustlet"]),
            preload=Preload(**content["preload"]),
            customize=content["customize"],
            machine=content["machine"],
            outputs=tuple(sorted(content["outputs"])),
        )

    def normalised(self) -> dict[str, Any]:
        """The spec as plain dicts and lists, in one order: specs that mean the same are equal."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of `normalised()`."""
        return digest(self.normalised())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value
