"""The stage of the files about an image as a release of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..._plan.sources import ansible_versions
from ..._plan.stage import Blob, Kind, Stage, Work, stage
from . import TEMPLATE, VENDOR


@dataclass(frozen=True, slots=True)
class Node:
    """What they say of a node.

    `build` tells the release from others of the same `kubernetes`, a tag. `os` has `type`, `name`,
    `version` and `arch`; `images` are the full names of kubeadm's, by program. `engines` are as the
    role of the engines is told of them, and `default` is one of them.
    """

    build: str
    kubernetes: str
    containerd: str
    os: Mapping[str, str]
    images: Mapping[str, str]
    engines: Sequence[Mapping[str, Any]]
    default: str


def make(work: Work) -> None:
    """Write them."""
    # Not at the top: few images have them, and what renders them takes time to load.
    from .files import files  # noqa: PLC0415

    for name, text in files(work).items():
        (work.place / name).write_text(text, encoding="utf-8")


KIND = Kind("release-metadata", "describe the release", make, also=(TEMPLATE,))


def release_metadata(root: Path, node: Node, vendor: Blob | None) -> Stage:
    """The files about `node`; `vendor` is the vendor's bundle, if any. What writes YAML and renders
    templates is the host's."""
    options = {
        **asdict(node),
        **({VENDOR: {"file": vendor.name, "sha256": vendor.sha256}} if vendor else {}),
        "writers": {"pyyaml": version("pyyaml"), "jinja2": ansible_versions()["jinja2"]},
    }
    return stage(root, KIND, options=options, blobs={VENDOR: vendor} if vendor else {})
