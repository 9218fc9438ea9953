"""What every test needs: the collection under its own name, and a cache of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "collections"), str(ROOT / "tests")]

from skips import pytest_sessionfinish, pytest_terminal_summary  # noqa: E402, F401 - hooks


@pytest.fixture
def root() -> Path:
    """The repository, which is the collection."""
    return ROOT


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache directory that `places.cache_root()` names while the test runs."""
    directory = tmp_path / "cache"
    directory.mkdir()
    monkeypatch.setenv("VESSEL_CACHE", str(directory))
    return directory
