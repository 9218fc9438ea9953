"""What an offline machine needs: the lock, the blobs that it names, the results of the online
stages, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from faults.builds import SPEC, Site, copy_project, fill_cache


def test_a_build_without_a_network(root: Path, tmp_path: Path, plan: Plan) -> None:
    """Modules, crates and the caches of compilers stay behind: what was built is there."""
    if not kept.is_kept(plan.stage("disk").id):
        pytest.skip("there is no image: run `make image` first")
    lock = (root / SPEC).with_suffix(".lock.yml")
    (tmp_path / "clone").mkdir()
    copy_project(tmp_path / "clone", lock)
    cache = fill_cache(tmp_path / "cache", lock)
    assert {path.name for path in cache.iterdir()} == {"store", "stages"}
    stages = {path.name for path in (cache / "stages").iterdir()}
    assert stages == {stage.id for stage in plan.stages if stage.kind.online}
    site = Site(tmp_path / "clone", cache, prefix=("unshare", "--net"))
    site.build()
    assert not (cache / "go").exists()
    cached = site.cached()
    assert {name for name, was in cached.items() if was} == {
        stage.name for stage in plan.stages if stage.kind.online
    }
    # The same bytes as with a network; the manifest names ids of code, which may differ.
    images = json.loads((site.output / "manifest.json").read_text())["artifacts"]
    made = json.loads((root / "output/wasm-node/manifest.json").read_text())["artifacts"]
    assert images == made
