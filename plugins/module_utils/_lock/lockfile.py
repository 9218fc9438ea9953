"""The lock file: what every name of a spec was resolved to, beside the spec.

It is YAML so that people can read and review it; its parts are plain data that each resolver makes.
A part is resolved again only when what it was resolved for has changed, or on request, so a lock is
stable when nothing moved.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from .._common.errors import VesselError
from .._common.files import digest, write_text
from .._common.scratch import scratch_file
from .._kinds.architectures import ARCHITECTURES
from .._kinds.distributions import DISTRIBUTIONS
from .._kinds.programs import GO_MODULES
from .._spec.beside import role_sources, sources
from .._spec.model import Spec
from .beside import digests
from .lock import Lock
from .packages import node_packages, tools_packages
from .rust import cargo_lock

SCHEMA = 1
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
    beside = digests(directory, sources(own), role_sources(own))
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

    Raises VES-310 when it is not a lock that this version can read.
    """
    try:
        lock = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VesselError.of(
            "VES-310",
            f"{path} cannot be read: {error.strerror}",
            "A lock is a file that you may read. Look at its owner and mode.",
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unreadable(path, "it is not YAML") from error
    if not isinstance(lock, dict) or lock.get("schema") != SCHEMA:
        raise _unreadable(path, f"its schema is not {SCHEMA}")
    if not isinstance(lock.get("for"), dict):
        raise _unreadable(path, "it does not say what it was made for")
    return Lock(lock)


def demand_writable(path: Path) -> None:
    """Raises VES-305 when the lock `path` cannot be written, before somebody works for it."""
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a directory")
        part, descriptor = scratch_file(path.name, path.parent)
        os.close(descriptor)
        part.unlink()
    except OSError as error:
        raise VesselError.of(
            "VES-305",
            f"the lock {path} cannot be written: {error.strerror}",
            "A spec is locked beside itself: copy it, and what it names, to where you may write.",
        ) from error


def write_lock(path: Path, lock: Lock, spec_file: Path) -> bool:
    """Write the lock atomically; False when it says the same already."""
    text = HEADER.format(spec=spec_file.name) + yaml.dump(
        dict(lock.content), Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True
    )
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_text(path, text)
    return True


def is_current(lock: Lock | None, spec: Spec, directory: Path, root: Path) -> bool:
    """True when the lock answers this spec, which lies in `directory`, with Vessel in `root`."""
    return lock is not None and lock.wanted == requirements(spec, directory, root)


def _unreadable(path: Path, why: str) -> VesselError:
    return VesselError.of(
        "VES-310",
        f"{path} is not a lock of this version of Vessel: {why}",
        "Remove it; the next build resolves the spec again.",
    )
