"""The last of a machine's contents: what belongs to one machine or to the build goes away, and the
image gets its name. Apart from the node, because only this follows from the whole spec and lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._disk.systemd import dotted, sysctl_entries, sysctls
from .._plan.blobs import Sources, source_blobs, source_options
from .._plan.sources import ansible_versions
from .._plan.stage import Kind, Stage, Work, stage
from .._tree.brought import check_contents
from .._tree.customize import apt_sources, held
from .._tree.play import play
from .node import ROLE_CODE, brought

PLAYBOOK = "playbooks/seal.yml"


def make(work: Work) -> None:
    """Apply the role, and look whether the tree has in the end what the spec brings."""
    said, customized = work.options, brought(work)
    repositories = said["customize"]["repositories"]
    own = {
        "vessel_apt_sources": apt_sources(repositories, held(said["sources"], work.blobs)),
        "vessel_kept": [
            *(file["path"] for file in customized["files"]),
            *(path for kind in ("links", "directories", "made") for path in customized[kind]),
        ],
    }
    play(work.root, PLAYBOOK, work.place, {**said["variables"], **own}, said["epoch"])
    check_contents(work.place, customized)
    _check_sysctls(work.place, said["customize"]["sysctls"])


KIND = Kind(
    "seal",
    "seal the tree: role of playbooks/seal.yml",
    make,
    also=(PLAYBOOK, *ROLE_CODE),
    over="node",
)


def seal(  # noqa: PLR0913 - each is a distinct input of the stage
    root: Path,
    node: Stage,
    *,
    variables: Mapping[str, Any],
    customize: Mapping[str, Any],
    sources: Sources,
    proxied: Sequence[str],
    epoch: int,
) -> Stage:
    """The tree of `node`, sealed; `customize`, `sources` and `proxied` as the node's stage has
    them."""
    options = {
        "variables": variables,
        "customize": {key: each for key, each in customize.items() if key != "roles"},
        "sources": source_options(sources),
        "proxied": list(proxied),
        "epoch": epoch,
        "ansible": ansible_versions(),
    }
    blobs = source_blobs(sources)
    return stage(root, KIND, options=options, inputs={"node": node}, blobs=blobs)


def _check_sysctls(tree: Path, wanted: Mapping[str, Any]) -> None:
    """Raise VES-544 where a file of another name has the last word."""
    found = sysctls(sysctl_entries(tree))
    for key, value in wanted.items():
        if (last := found.get(dotted(key))) != str(value).strip():
            raise VesselError.of(
                "VES-544",
                f"`customize.sysctls` says {key} = {value}, but the tree's files in the end {last}",
                "A file in a sysctl.d directory whose name sorts later wins: remove or rename it.",
            )
