"""Container images in containerd's own store, before containerd ever runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.scratch import scratch
from .._kinds.architecture import Architecture
from .._oci.archive import Archive
from .._plan.stage import Blob, Kind, Made, Stage, Work, stage
from .._tree.deb import debs
from .._tree.images import kubeadm_images
from .._tree.preload import build_preload


def make(work: Work) -> None:
    """Make the images that kubeadm wants, and put them and the archives into the store."""
    said = work.options
    archives = [
        Archive(
            each["archive"],
            work.blobs[_key(each["archive"])],
            each.get("name", ""),
            each["pinned"],
        )
        for each in said["archives"]
    ]
    brought = {_key(archive.source) for archive in archives}
    packages = debs({name: file for name, file in work.blobs.items() if name not in brought})
    with scratch("images") as place:
        images = kubeadm_images(
            versions=said["versions"],
            binaries=work.resolved(said["programs"]),
            origins=said["origins"],
            packages=packages,
            scratch=place,
            control_plane=said["control_plane"],
        )
        build_preload(
            images,
            work.resolved(said["importer"]),
            work.place,
            epoch=said["epoch"],
            architecture=said["architecture"],
            archives=archives,
        )


KIND = Kind("preload", "put the control-plane images into containerd's store", make, quick=True)


def preload(  # noqa: PLR0913 - each is a distinct input of the stage
    root: Path,
    *,
    versions: Mapping[str, str],
    programs: Mapping[str, Made],
    origins: Mapping[str, str],
    importer: Made,
    packages: Mapping[str, Blob],
    archives: Sequence[Mapping[str, Any]],
    brought: Mapping[str, Blob],
    control_plane: bool,
    architecture: Architecture,
    epoch: int,
) -> Stage:
    """The partial root file system that holds the store.

    `versions` are the tags of the images; `programs` their static programs by name, `origins` what
    each was made from. `importer` is the built vessel-preload. `packages` are Debian's, as
    `deb_blobs` names them. `archives` are those of the spec (`archive`, `pinned`, and `name` if it
    has one), `brought` their files by `archive`.
    """
    options = {
        "versions": dict(versions),
        "programs": dict(programs),
        "importer": importer,
        "origins": dict(origins),
        "archives": [dict(each) for each in archives],
        "control_plane": control_plane,
        "architecture": architecture.name,
        "epoch": epoch,
    }
    blobs = {**packages, **{_key(name): blob for name, blob in brought.items()}}
    return stage(root, KIND, options=options, blobs=blobs)


def _key(archive: str) -> str:
    """With a blank, which no Debian package has in its name."""
    return f"archive {archive}"
