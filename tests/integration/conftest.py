"""What `make image` left: the plan of the default spec, and the results of its stages.

`make test` builds the image before it runs these tests; alone, they skip without one.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._flow.planning import plan_spec
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def plan() -> Plan:
    plan = plan_spec(ROOT / "specs/wasm-node.yml", ROOT, ROOT / "output", keep=False).plan
    if plan is None:
        pytest.skip("the default spec is not locked: run `make image` first")
    return plan


@pytest.fixture(scope="session")
def tools(plan: Plan) -> Tools:
    return Tools(_kept(plan, "tools"))


@pytest.fixture(scope="session")
def package_tree(plan: Plan) -> Path:
    return _kept(plan, "packages")


@pytest.fixture(scope="session")
def locked_goroot(plan: Plan) -> Path:
    """The locked Go toolchain, whatever Go the host has."""
    return _kept(plan, "toolchain")


@pytest.fixture(scope="session")
def go_environment(locked_goroot: Path) -> dict[str, str]:
    """An environment in which `go` is the locked one, with Vessel's own caches and no network."""
    environment = {
        **os.environ,
        "PATH": f"{locked_goroot}/bin:/usr/bin:/bin",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly",
        "CGO_ENABLED": "0",
        "GOMODCACHE": str(cache_root() / "go/mod"),
        "GOCACHE": str(cache_root() / "go/build"),
    }
    # A pruned cache has the programs, but no longer the modules that they were built of.
    subprocess.run(["go", "mod", "download"], cwd=ROOT / "native/go", env=environment, check=True)
    return {**environment, "GOPROXY": "off"}


def _kept(plan: Plan, name: str) -> Path:
    stage = plan.stage(name)
    if not kept.is_kept(stage.id):
        pytest.skip(f"the stage {name} is not kept: run `make image` first")
    return kept.place(stage.id)
