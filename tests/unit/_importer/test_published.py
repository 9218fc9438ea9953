"""image-builder's own files, where somebody has them: `IMAGE_BUILDER=…/images/capi pytest …`.

Each target of qemu, ova and raw with the files that its Makefile gives to Packer, in that order.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._importer.draft import Request
from ansible_collections.vessel.image.plugins.module_utils._importer.importing import imported
from unit._importer.given import ROOT

TARGETS = ("qemu", "ova", "raw")
HERE = os.environ.get("IMAGE_BUILDER", "")


@pytest.fixture
def capi() -> Path:
    """The directory `images/capi` of a checkout."""
    if not HERE:
        pytest.skip("IMAGE_BUILDER names no checkout of image-builder")
    return Path(HERE)


def keys(path: Path) -> set[str]:
    """The variables of a file; none of one that is a template of Packer's."""
    content = json.loads(path.read_text())
    return set() if "builders" in content else set(content)


def test_every_key_is_mapped_or_listed(capi: Path, tmp_path: Path, cache: Path) -> None:
    packer = capi / "packer"
    config = sorted((packer / "config").glob("*.json"))
    found = [path for name in TARGETS for path in sorted((packer / name).glob("*.json"))]
    targets = [path for path in found if "build_name" in keys(path)]
    assert len(targets) >= 25
    for target in targets:
        files = [*config, target]
        if target.parent.name == "ova":
            common = packer / "ova/packer-common.json.tmpl"
            files = [*config, common, target, packer / "ova/vsphere.json"]
        result = imported(Request(tuple(files), tmp_path / "my-node.yml", checkout=capi), ROOT)
        given = {key for file in files for key in keys(file)}
        said = {key for key, _place in result.mapped} | {each.key for each in result.left}
        assert given - said == set(), target
        assert [each.key for each in result.left if each.kind == "unknown key"] == [], target
        assert result.lacks == [], target
