"""A Kubernetes node: a distribution's root file system, kubelet and containerd, and the engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from .._common.version import Version
from .._export.components import Component, components
from .._export.machine import Node, machine
from .._kinds.architectures import ARCHITECTURES, BUILDER
from .._kinds.distributions import DISTRIBUTIONS
from .._kinds.engines import ENGINES
from .._kinds.programs import GO_MODULES, GO_SOURCES
from .._lock.debian import repository_archive, repository_root
from .._lock.engines import for_role
from .._lock.packages import node_packages, rust_packages, tools_packages
from .._lock.programs import files
from .._lock.rust import CRATES
from .._lock.rust import wanted as rust_wanted
from .._lock.wants import Wants
from .._plan.blobs import Sources, beside_blob, beside_source, deb_blobs, url_source
from .._plan.image import Image, Recipe, Target
from .._plan.stage import Made, Stage
from .._spec.model import Spec
from .._spec.settings import PROXIED
from .._stages.disk import disk
from .._stages.go_module import go_module
from .._stages.go_source import go_source
from .._stages.node import node
from .._stages.packages import packages
from .._stages.preload import preload
from .._stages.release import release
from .._stages.rust_crate import rust_crate
from .._stages.seal import seal
from .._stages.toolchain import toolchain
from .._stages.tools import tools
from .._tree.images import image_names

# What the node itself runs of the Go programs; the others go into images.
NODE = (
    *("containerd", "containerd-shim-runc-v2", "crictl", "ctr"),
    *("kubeadm", "kubectl", "kubelet"),
)
PLUGINS = "cni-plugins"
IMPORTER = "vessel-preload"
KRUSTLET = "krustlet"


def wants(spec: Spec) -> Wants:
    """The node's packages, the tools that make it, and all programs of Kubernetes."""
    system, architecture = spec.operating_system, spec.architectures[0]
    distribution, rust = DISTRIBUTIONS[system.distribution], rust_wanted(spec)
    return Wants(
        node=(
            *node_packages(distribution, system.kernel, architecture, spec.wasm.built, system.time),
            *spec.customize["packages"],
        ),
        tools=tools_packages(distribution, ARCHITECTURES[architecture]),
        compilers=rust_packages(distribution, architecture) if rust else (),
        modules=tuple(GO_MODULES),
        versions={
            "kubernetes": spec.kubernetes.version,
            "containerd": spec.container_runtime.containerd,
        },
        rust=rust,
    )


def image(target: Target) -> Image:
    """The node as a disk."""
    return _Node(target).image


class _Node:
    """The parts of one node's image, each made when another one wants it."""

    def __init__(self, target: Target) -> None:
        self.spec, self.lock, self.root = target.spec, target.lock, target.root
        self.architecture = ARCHITECTURES[target.architecture]
        self.customize = target.spec.customize
        self.time_servers: Sequence[str] = ()
        if target.spec.operating_system.time == "chrony":  # whose sources the role base lays down
            self.time_servers = self.customize["time_servers"]
            self.customize = {**self.customize, "time_servers": []}
        self.epoch = target.lock.source_date_epoch

    @cached_property
    def image(self) -> Image:
        spec, lock = self.spec, self.lock
        return Image(
            name=spec.name,
            vessel=spec.vessel,
            stem=self.stem,
            architecture=self.architecture.name,
            disk=self.disk,
            tools=self.tools,
            components=components(self.root, self.components),
            facts={
                "os": {
                    "distribution": spec.operating_system.distribution,
                    "release": spec.operating_system.release,
                    "kernel": spec.operating_system.kernel,
                },
                "kubernetes": spec.kubernetes.version,
                "container_runtime": f"containerd {spec.container_runtime.containerd}",
                "wasm_runtimes": list(spec.wasm.runtimes),
                "wasm_sizes": {
                    name: [ENGINES[name].released, *ENGINES[name].packages]
                    for name in spec.wasm.runtimes
                },
                "krustlet": spec.krustlet.enabled,
            },
            sums=("wasm_sizes",),
            spec_sha256=spec.sha256,
            lock_sha256=lock.sha256,
            epoch=self.epoch,
            machine=self.machine,
        )

    @cached_property
    def machine(self) -> Mapping[str, Any]:
        """What formats say of the virtual machine for this node."""
        spec, distribution = self.spec, DISTRIBUTIONS[self.spec.operating_system.distribution]
        return machine(
            spec.machine,
            Node(
                name=spec.name,
                distribution=distribution,
                release=distribution.releases[spec.operating_system.release],
                architecture=self.architecture.name,
                kubernetes=Version.of(spec.kubernetes.version).tag,
                containerd=spec.container_runtime.containerd,
                cni_plugins=str(self.lock.go_modules[PLUGINS]["version"]),
                engines=spec.wasm.runtimes,
                epoch=self.epoch,
            ),
        )

    @cached_property
    def stem(self) -> str:
        """Such as `debian-13-amd64-v1.36.3-wasm-node`."""
        system = self.spec.operating_system
        number = DISTRIBUTIONS[system.distribution].releases[system.release]
        kubernetes = Version.of(self.spec.kubernetes.version).tag
        name = self.architecture.name
        return f"{system.distribution}-{number}-{name}-{kubernetes}-{self.spec.name}"

    @cached_property
    def tools(self) -> Stage:
        return tools(self.root, self.lock.packages("tools"))

    @cached_property
    def disk(self) -> Stage:
        return disk(
            self.root,
            [self.sealed, self.preload],
            tools=self.tools,
            architecture=self.architecture,
            epoch=self.epoch,
            kernel_arguments=self.customize["kernel_arguments"],
        )

    # -- programs ------------------------------------------------------------------------------

    @cached_property
    def go(self) -> Mapping[str, Made]:
        """The Go programs, by file name; those of `PLUGINS` and ours among them."""
        goroot = toolchain(self.root, self.lock.toolchain, tools=self.tools)
        made: dict[str, Made] = {}
        for name, locked in self.lock.go_modules.items():
            build = go_module(
                self.root,
                GO_MODULES[name],
                locked,
                toolchain=goroot,
                architecture=self.architecture,
            )
            made |= {file: Made(build, file) for file in files(GO_MODULES[name])}
        for name, source in GO_SOURCES.items():
            # What puts images into the store runs here.
            of = BUILDER if name == IMPORTER else self.architecture.name
            build = go_source(self.root, source, toolchain=goroot, architecture=ARCHITECTURES[of])
            made[name] = Made(build, name)
        return made

    @cached_property
    def rust(self) -> Mapping[str, Made]:
        """The programs in Rust, by what the lock calls them."""
        locked = self.lock.packages("compilers")
        if not self.lock.rust:
            return {}
        compilers = tools(self.root, locked, name="compilers")
        return {
            name: Made(
                rust_crate(
                    self.root,
                    CRATES[name],
                    locked,
                    compilers=compilers,
                    architecture=self.architecture,
                ),
                CRATES[name].binary,
            )
            for name in self.lock.rust
        }

    @cached_property
    def released(self) -> Mapping[str, Made]:
        """What somebody released, by engine."""
        return {
            name: Made(release(self.root, ENGINES[name].released, each), ENGINES[name].released)
            for name, each in self.lock.releases.items()
        }

    def engine_files(self) -> dict[str, dict[str, Made]]:
        """Directory of the node -> what engines bring that is in no package, by file name."""
        found: dict[str, dict[str, Made]] = {}
        for name, made in {**self.rust, **self.released}.items():
            if engine := ENGINES.get(name):
                found.setdefault(engine.directory, {})[made.file] = made
        return found

    # -- trees ---------------------------------------------------------------------------------

    @cached_property
    def packages(self) -> Stage:
        release_ = self.lock.release
        return packages(self.root, self._debs(), release=release_, epoch=self.epoch)

    @cached_property
    def node(self) -> Stage:
        spec, go = self.spec, self.go
        system = spec.operating_system
        variables = {
            "vessel_time_unit": DISTRIBUTIONS[system.distribution].times[system.time],
            "vessel_time_servers": list(self.time_servers),
            "vessel_binaries": {name: go[name] for name in NODE},
            "vessel_cni_plugins": {name: go[name] for name in sorted(files(GO_MODULES[PLUGINS]))},
            "vessel_pause_image": image_names(self.lock.kubernetes)["pause"],
            "vessel_wasm_engines": [for_role(name) for name in spec.wasm.runtimes],
            "vessel_wasm_binaries": self.engine_files(),
            "vessel_wasm_default": spec.wasm.default,
            "vessel_krustlet": {
                made.file: made for name, made in self.rust.items() if name == KRUSTLET
            },
        }
        return node(
            self.root,
            self.packages,
            variables=variables,
            customize=self.laid_down,
            sources=self.sources,
            proxied=self.proxied,
            epoch=self.epoch,
        )

    @cached_property
    def laid_down(self) -> Mapping[str, Any]:
        """The spec's part that becomes files of the tree."""
        other = ("packages", "kernel_arguments", "images")
        return {key: each for key, each in self.customize.items() if key not in other}

    @cached_property
    def sources(self) -> Sources:
        """What lies beside the spec for the tree, and programs by URL."""
        images = {each["archive"] for each in self.customize["images"]}
        beside = {name: each for name, each in self.lock.sources.items() if name not in images}
        return {
            **{name: beside_source(name, each) for name, each in beside.items()},
            **{each["url"]: url_source(each) for each in self.lock.executables},
        }

    @cached_property
    def proxied(self) -> list[str]:
        """The services of this node that are told of the spec's proxy."""
        krustlet = self.spec.krustlet.enabled
        return [name for name in PROXIED if krustlet or not name.startswith(KRUSTLET)]

    @cached_property
    def sealed(self) -> Stage:
        spec = self.spec
        variables = {
            "vessel_image_name": self.stem,
            "vessel_architecture": self.architecture.name,
            "vessel_kernel": spec.operating_system.kernel,
            "vessel_kubernetes_version": spec.kubernetes.version,
            "vessel_wasm_runtimes": list(spec.wasm.runtimes),
            "vessel_wasm_default": spec.wasm.default,
            "vessel_krustlet": spec.krustlet.enabled,
            "vessel_spec_sha256": spec.sha256,
            "vessel_lock_sha256": self.lock.sha256,
        }
        return seal(
            self.root,
            self.node,
            variables=variables,
            customize=self.laid_down,
            sources=self.sources,
            proxied=self.proxied,
            epoch=self.epoch,
        )

    @cached_property
    def preload(self) -> Stage:
        names = image_names(self.lock.kubernetes)
        archives = [each["archive"] for each in self.customize["images"]]
        return preload(
            self.root,
            versions=self.lock.kubernetes,
            programs={name: self.go[name] for name in names},
            origins={name: self._origin(self.go[name]) for name in names},
            importer=self.go[IMPORTER],
            packages=self._debs(),
            archives=self.customize["images"],
            brought={name: beside_blob(name, self.lock.sources[name][0]) for name in archives},
            control_plane=self.spec.preload.control_plane,
            architecture=self.architecture,
            epoch=self.epoch,
        )

    def _debs(self) -> dict[str, Any]:
        roots = {
            repository_archive(each["name"]): repository_root(each["uri"], self.architecture.name)
            for each in self.customize["repositories"]
        }
        return deb_blobs(self.lock.packages("node"), roots)

    # -- what it is made of --------------------------------------------------------------------

    @cached_property
    def components(self) -> list[Component]:
        lock = self.lock
        archives = [each["archive"] for each in self.customize["images"]]
        return [
            *(Component(name, self._version(made), "source", made=made)
              for name, made in self.go.items()),
            *(Component(made.file, lock.rust[name], "source", made=made)
              for name, made in self.rust.items()),
            # Nobody told the versions of these.
            *(Component(made.file, "", "release", made=made) for made in self.released.values()),
            *(Component(each["path"], "", "url", each["sha256"], each["size"])
              for each in lock.executables),
            *(Component(name, "", "archive", *_measure(lock.sources[name][0]))
              for name in archives),
            *(Component(each["name"], each["version"], "package", *_measure(each))
              for each in lock.packages("node")),
        ]  # fmt: skip

    def _version(self, made: Made) -> str:
        locked = self.lock.go_modules.get(made.stage.name)
        return str(locked["version"]) if locked else "native"

    def _origin(self, made: Made) -> str:
        locked = self.lock.go_modules.get(made.stage.name)
        return f"{locked['module']}@{locked['version']}" if locked else f"vessel native/{made.file}"


def _measure(entry: Mapping[str, Any]) -> tuple[str, int]:
    return entry["sha256"], entry["size"]


KIND = Recipe(wants, image)
