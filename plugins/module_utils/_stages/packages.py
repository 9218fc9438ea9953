"""Every locked Debian package of the node, installed in one transaction, off the network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .._plan.sources import host_tool_digest
from .._plan.stage import Blob, Kind, Stage, Work, stage
from .._tree.deb import debs
from .._tree.packages import build_packages


def make(work: Work) -> None:
    """Install them into an empty tree."""
    epoch, release = work.options["epoch"], work.options["release"]
    build_packages(debs(work.blobs), work.place, epoch=epoch, release=release)


KIND = Kind("packages", "install the locked Debian packages", make, quick=True)


def packages(root: Path, locked: Mapping[str, Blob], *, release: str, epoch: int) -> Stage:
    """The root file system of these packages, as `deb_blobs` names them; `epoch` in seconds is the
    time of everything."""
    # A script of the host's, which the tools tree has no Perl for.
    options = {"epoch": epoch, "release": release, "mmdebstrap": host_tool_digest("mmdebstrap")}
    return stage(root, KIND, options=options, blobs=locked)
