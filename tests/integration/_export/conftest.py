"""A tools tree for these tests: named by `VESSEL_TOOLS_TREE`, or the newest kept stage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    if named := os.environ.get("VESSEL_TOOLS_TREE"):
        return Tools(Path(named))
    kept = [path.parents[2] for path in cache_root().glob("stages/*/usr/sbin/mke2fs")]
    if not kept:
        pytest.skip("no tools tree: build one, or name one in VESSEL_TOOLS_TREE")
    return Tools(max(kept, key=lambda path: path.stat().st_mtime))
