from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow import planning

SHA256 = hashlib.sha256(b"12345").hexdigest()
STAGES = [{"name": "tools", "id": "1"}]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    (tmp_path / "a.qcow2").write_bytes(b"12345")
    (tmp_path / "contents.json").touch()
    manifest = {"stages": STAGES, "artifacts": [{"path": "a.qcow2", "size": 5, "sha256": SHA256}]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_an_image_of_these_stages_is_whole(image: Path) -> None:
    assert planning._is_whole(image, STAGES, verify=True)


def test_other_stages_are_another_image(image: Path) -> None:
    assert not planning._is_whole(image, [{"name": "tools", "id": "2"}], verify=False)


@pytest.mark.parametrize(
    "damage", ["truncated", "deleted", "no manifest", "no contents", "not json"]
)
def test_a_damaged_image_is_not_whole(image: Path, damage: str) -> None:
    if damage == "truncated":
        (image / "a.qcow2").write_bytes(b"1234")
    elif damage == "deleted":
        (image / "a.qcow2").unlink()
    elif damage == "no manifest":
        (image / "manifest.json").unlink()
    elif damage == "no contents":
        (image / "contents.json").unlink()
    else:
        (image / "manifest.json").write_text("{")
    assert not planning._is_whole(image, STAGES, verify=False)


def test_a_flipped_byte_is_seen_with_verify(image: Path) -> None:
    (image / "a.qcow2").write_bytes(b"12344")
    assert planning._is_whole(image, STAGES, verify=False)
    assert not planning._is_whole(image, STAGES, verify=True)
