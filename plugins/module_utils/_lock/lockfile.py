"""The lock file: what every name of a spec was resolved to, beside the spec.

It is YAML so that people can read and review it; its parts are plain data that each resolver makes.
A part is resolved again only when what it was resolved for has changed, or on request, so a lock is
stable when nothing moved.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .._common.errors import VesselError
from .._common.files import digest, write_bytes
from .._common.scratch import sweep, try_file
from .._kinds.architectures import ARCHITECTURES
from .._kinds.distributions import DISTRIBUTIONS
from .._kinds.programs import GO_MODULES
from .._spec.beside import role_sources, sources
from .._spec.model import Spec
from .beside import digests
from .lock import Lock
from .packages import node_packages, tools_packages
from .reading import MOST_BYTES, content
from .rust import cargo_lock

HEADER = "# Made by Vessel from {spec}. Commit it: the same lock gives the same image.\n"


class _Dumper(yaml.SafeDumper):
    """Multi-line texts (go.mod, go.sum) as literal blocks, so that a diff shows lines."""


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent)


def lock_path(spec_file: Path) -> Path:
    """`specs/wasm-node.yml` -> `specs/wasm-node.lock.yml`."""
    return spec_file.with_name(f"{spec_file.stem}.lock.yml")


def requirements(spec: Spec, directory: Path, root: Path) -> dict[str, Any]:
    """What a lock answers, by the part of the lock that answers it.

    It is a part of the spec, what the spec names beside itself in `directory`, and what this
    version of Vessel, whose collection is in `root`, takes besides: packages, programs and crates.
    """
    wanted = spec.normalised()
    own = wanted["customize"]
    beside = digests(directory, sources(wanted), role_sources(wanted))
    repositories = [{**each, "key": beside[each["key"]]} for each in own["repositories"]]
    return {
        "debian": {
            "architecture": wanted["architectures"][0],
            **{key: each for key, each in wanted["operating_system"].items() if key != "time"},
            "wasm": list(spec.wasm.built),
            "base": _base(spec),
            **_given(
                packages=own["packages"],
                repositories=repositories,
                krustlet=spec.krustlet.enabled,
            ),
        },
        "kubernetes": wanted["kubernetes"]["version"],
        "containerd": wanted["container_runtime"]["containerd"],
        "go": sorted(GO_MODULES),
        **_given(
            executables=own["executables"],
            shims=wanted["wasm"]["releases"],
            sources=beside,
            rust=cargo_lock(spec, root),
        ),
    }


def _base(spec: Spec) -> str:
    """A digest of the packages that Vessel itself asks for; the lock names them further down."""
    system, architecture = spec.operating_system, spec.architectures[0]
    of = DISTRIBUTIONS[system.distribution]
    node = node_packages(of, system.kernel, architecture, spec.wasm.built, system.time)
    return digest([sorted(node), sorted(tools_packages(of, ARCHITECTURES[architecture]))])


def _given(**parts: Any) -> dict[str, Any]:
    """The parts that say something."""
    return {name: part for name, part in parts.items() if part}


def read_lock(path: Path) -> Lock | None:
    """The lock at `path`, or None when there is none.

    Raises VES-307, VES-308 and VES-310 when it is not a lock that this version can read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)  # one more than allowed is enough to refuse it
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VesselError.of(
            "VES-310",
            f"{path} cannot be read: {error.strerror}",
            "A lock is a file that you may read. Look at its owner and mode.",
        ) from error
    return Lock(content(data, path))


def demand_writable(path: Path) -> None:
    """Raises VES-305 when the lock `path` cannot be written, before somebody works for it."""
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a directory")
        sweep(path.parent, glob.escape(path.name))  # of a killed run
        try_file(path.name, path.parent)
    except OSError as error:
        raise VesselError.of(
            "VES-305",
            f"the lock {path} cannot be written: {error.strerror}",
            "A spec is locked beside itself: copy it, and what it names, to where you may write.",
        ) from error


def write_lock(path: Path, lock: Lock, spec_file: Path) -> bool:
    """Write the lock atomically; False when it says the same already. Raises VES-309 instead of
    writing what could not be read again."""
    text = HEADER.format(spec=spec_file.name) + yaml.dump(
        dict(lock.content), Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True
    )
    data = text.encode("utf-8", "surrogatepass")
    _demand_readable(data, lock, path)
    if path.exists() and path.read_bytes() == data:
        return False
    write_bytes(path, data)
    return True


def _demand_readable(data: bytes, lock: Lock, path: Path) -> None:
    try:
        if json.dumps(content(data, path)) == json.dumps(lock.content):
            return
        why = "it would say something else"
    except VesselError as error:
        why = error.problems[0].what
    raise VesselError.of(
        "VES-309",
        f"the lock {path} could not be read again: {why}",
        "Nothing was written. Look in the spec, in what it names beside itself, and in its package"
        " repositories for what the message quotes; if it is not there, report it.",
    )


def is_current(lock: Lock | None, spec: Spec, directory: Path, root: Path) -> bool:
    """True when the lock answers this spec, which lies in `directory`, with Vessel in `root`."""
    return lock is not None and answers(lock, requirements(spec, directory, root))


def answers(lock: Lock, wanted: Mapping[str, Any]) -> bool:
    """True when the lock was made for these `requirements`, by the recipes of this version."""
    named = {name: each for name, each in lock.go_modules.items() if name in GO_MODULES}
    return lock.wanted == wanted and all(is_by_recipe(name, each) for name, each in named.items())


def is_by_recipe(name: str, locked: Mapping[str, Any]) -> bool:
    """Whether a Go program in a lock is of the module, and the packages of it, that this version
    of Vessel takes."""
    recipe = GO_MODULES[name]
    return locked.get("module") == recipe.module and locked.get("packages") == list(recipe.packages)
