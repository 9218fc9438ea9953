"""The last of a machine's contents: what belongs to one machine or to the build goes away, and the
image gets its name. Apart from the node, because only this follows from the whole spec and lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._plan.blobs import Sources, source_blobs, source_options
from .._plan.sources import ansible_versions
from .._plan.stage import Kind, Stage, Work, stage
from .._tree.customize import apt_sources, held
from .._tree.play import play
from .node import ROLE_CODE

PLAYBOOK = "playbooks/seal.yml"


def make(work: Work) -> None:
    """Apply the role."""
    said = work.options
    sources = apt_sources(said["repositories"], held(said["sources"], work.blobs))
    variables = {**said["variables"], "vessel_apt_sources": sources}
    play(work.root, PLAYBOOK, work.place, variables, said["epoch"])


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
    repositories: Sequence[Mapping[str, Any]],
    sources: Sources,
    epoch: int,
) -> Stage:
    """The tree of `node`, sealed. `repositories` are the spec's, `sources` hold their keys."""
    options = {
        "variables": variables,
        "repositories": list(repositories),
        "sources": source_options(sources),
        "epoch": epoch,
        "ansible": ansible_versions(),
    }
    blobs = source_blobs(sources)
    return stage(root, KIND, options=options, inputs={"node": node}, blobs=blobs)
