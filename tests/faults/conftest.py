"""Sites for builds; see builds.py."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from faults.builds import ROOT, SPEC, Site, copy_project, fill_cache


@pytest.fixture(scope="session")
def locked() -> Path:
    """The lock that `make image` left."""
    lock = (ROOT / SPEC).with_suffix(".lock.yml")
    if os.geteuid() != 0 or not lock.exists():
        pytest.skip("builds need root and the lock: run `make image` first")
    return lock


@pytest.fixture
def site(locked: Path, tmp_path: Path) -> Callable[..., Site]:
    """Makes a site: `site("name", prefix=…, environment=…)`."""

    def make(
        name: str,
        *,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        cache: Path | None = None,
    ) -> Site:
        clone = tmp_path / name
        copy_project(clone, locked)
        return Site(clone, cache or fill_cache(tmp_path / f"{name} cache", locked),
                    tuple(prefix), environment or {})  # fmt: skip

    return make
