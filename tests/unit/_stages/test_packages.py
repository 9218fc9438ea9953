"""The node's packages: what makes another tree of them, and one that the store has not."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow.making import make
from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import deb_blobs
from ansible_collections.vessel.image.plugins.module_utils._stages.packages import packages
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

ALPHA = {
    "name": "alpha",
    "version": "1",
    "architecture": "amd64",
    "sha256": "0" * 64,
    "size": 1,
    "archive": "debian",
    "path": "pool/alpha.deb",
}


def test_a_missing_blob_is_named(root: Path, cache: Path) -> None:
    stage = packages(root, deb_blobs([ALPHA]), release="trixie", epoch=0)
    with pytest.raises(VesselError, match="VES-401: the store has no alpha"):
        make(root, stage)
    assert not kept.place(stage.id).exists()


def test_a_mirror_makes_no_other_tree(root: Path) -> None:
    def identity(epoch: int = 0, release: str = "trixie", **changes: str) -> str:
        locked = deb_blobs([{**ALPHA, **changes}])
        return packages(root, locked, release=release, epoch=epoch).id

    assert identity(path="pool/elsewhere/alpha.deb", archive="other") == identity()
    others = [identity(epoch=1), identity(release="sid"), identity(sha256="1" * 64)]
    assert len({identity(), *others}) == 4
