"""The form of a file in `distributions/`: where userland and kernel of a node come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution that is made of Debian packages.

    `releases`: code name -> the number that people say, the first one the default. `archives`: name
    of an archive -> its suites, with `{release}`. `components`: of each. `keyring`: what signs
    them, on the builder. `kernels`: flavour -> package, with `{architecture}`. `times`: a package
    that keeps the clock, of which a node has one, the first one the default -> its unit. `guests`:
    a version of VMware's virtual hardware -> what vSphere calls the distribution from there on,
    ascending; `cim` is its number there. `node`, `tools` and `rust`: the packages of every node, of
    the tools tree, and of Rust's compilers, by name; what these depend on comes with them, and each
    group says why it is there.
    """

    releases: Mapping[str, str]
    archives: Mapping[str, tuple[str, ...]]
    components: tuple[str, ...]
    keyring: str
    kernels: Mapping[str, str]
    times: Mapping[str, str]
    guests: Mapping[int, str]
    cim: int
    node: tuple[str, ...]
    tools: tuple[str, ...]
    rust: tuple[str, ...]
    name: str = ""
