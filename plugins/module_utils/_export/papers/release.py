"""What Tanzu and Cluster API are told of an image, and what creates a cluster with it."""

from __future__ import annotations

from ..._common.files import link_or_copy
from ..._plan.stage import Kind, Work
from ..paper import Paper


def make(work: Work) -> None:
    """The files that lie ready."""
    for file in work.inputs["release"].iterdir():
        link_or_copy(file, work.place / file.name)


KIND = Paper(Kind("release-files", "hand out what describes the release", make), ("release",))
