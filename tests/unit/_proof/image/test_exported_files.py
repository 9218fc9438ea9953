"""Checks of the exported files, each seen red for its own cause."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context
from ansible_collections.vessel.image.plugins.module_utils._proof.image import builder, files
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import run_checks
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from unit._proof.exported import exported

DATA = b"an image"
LOCK = Lock({"schema": 1})
Change = Callable[[Path, Context], Context]


@pytest.fixture
def context(tmp_path: Path, root: Path) -> Context:
    """An exported image that is whole."""
    spec = load_spec(root / "specs/wasm-node.yml")
    sha256 = hashlib.sha256(DATA).hexdigest()
    manifest = {
        **exported().manifest,
        "spec_sha256": spec.sha256,
        "lock_sha256": LOCK.sha256,
        "artifacts": [{"path": "n.qcow2", "format": "qcow2", "sha256": sha256}],
    }
    (tmp_path / "n.qcow2").write_bytes(DATA)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "SHA256SUMS").write_text(f"{sha256}  n.qcow2\n")
    return Context(replace(exported(), directory=tmp_path, manifest=manifest), root, LOCK, spec)


def _other_bytes(place: Path, context: Context) -> Context:
    (place / "n.qcow2").write_bytes(DATA[::-1])
    return context


def _cut(place: Path, context: Context) -> Context:
    (place / "n.qcow2").unlink()
    return context


def _other_lock(_place: Path, context: Context) -> Context:
    return replace(context, lock=Lock({"schema": 1, "more": 1}))


def _no_spec(_place: Path, context: Context) -> Context:
    return replace(context, spec=None)


def _large(place: Path, context: Context) -> Context:
    with (place / "n.qcow2").open("wb") as file:
        file.truncate(files.LARGEST + 1)
    return context


def _told(place: Path, context: Context) -> Context:
    (place / "manifest.json").write_text(str(context.root))
    return context


def _told_in_lock(_place: Path, context: Context) -> Context:
    return replace(context, lock=Lock({"schema": 1, "at": str(context.root)}))


@pytest.mark.parametrize(
    ("name", "change", "found"),
    [
        ("image.sums", _other_bytes, "n.qcow2 has other bytes"),
        ("image.sums", _cut, "n.qcow2 is missing"),
        ("image.spec", _other_lock, "one of another lock"),
        ("image.spec", _no_spec, "one of another spec"),
        ("image.size", _large, "900 MB"),
        ("image.papers", _told, " in manifest.json"),
        ("image.papers", _told_in_lock, " in the lock"),
        ("image.unchanged", _other_bytes, hashlib.sha256(DATA[::-1]).hexdigest()),
    ],
)
def test_each_is_red_for_its_own_cause(
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    change: Change,
    found: str,
) -> None:
    monkeypatch.setattr(builder, "mirrors", list)  # asks apt and Go
    (good,) = run_checks(context, [name], "image")
    assert good.passed, good
    (bad,) = run_checks(change(tmp_path, context), [name], "image")
    assert not bad.passed and found in bad.actual
