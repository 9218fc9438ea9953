"""Which Debian packages a spec asks for by name; apt adds what these depend on."""

from __future__ import annotations

from collections.abc import Iterable

from .._kinds.architecture import Architecture
from .._kinds.architectures import ARCHITECTURES, BUILDER
from .._kinds.distribution import Distribution
from .._kinds.engines import ENGINES


def node_packages(
    distribution: Distribution,
    kernel: str,
    architecture: str,
    engines: Iterable[str] = (),
    time: str = "",
) -> tuple[str, ...]:
    """The names for a node with this flavour of the kernel, these WebAssembly engines, and `time`
    to keep its clock, by default the distribution's first."""
    own = (name for engine in engines for name in ENGINES[engine].packages)
    return (
        *distribution.node,
        time or next(iter(distribution.times)),
        distribution.kernels[kernel].format(architecture=architecture),
        *own,
    )


def tools_packages(distribution: Distribution, architecture: Architecture) -> tuple[str, ...]:
    """The names of the tools that make images for `architecture`."""
    return (*distribution.tools, *architecture.boot_packages)


def rust_packages(distribution: Distribution, architecture: str) -> tuple[str, ...]:
    """The names of the compilers, on the builder, of Rust programs for `architecture`."""
    cross = () if architecture == BUILDER else ARCHITECTURES[architecture].rust_packages
    return (*distribution.rust, *cross)
