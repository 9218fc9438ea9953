from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow import planning

STAGES = [{"name": "tools", "id": "1"}]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    (tmp_path / "a.qcow2").write_bytes(b"12345")
    manifest = {"stages": STAGES, "artifacts": [{"path": "a.qcow2", "size": 5}]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_an_image_of_these_stages_is_whole(image: Path) -> None:
    assert planning._is_whole(image, STAGES)


def test_other_stages_are_another_image(image: Path) -> None:
    assert not planning._is_whole(image, [{"name": "tools", "id": "2"}])


@pytest.mark.parametrize("damage", ["truncated", "deleted", "no manifest", "not json"])
def test_a_damaged_image_is_not_whole(image: Path, damage: str) -> None:
    if damage == "truncated":
        (image / "a.qcow2").write_bytes(b"1234")
    elif damage == "deleted":
        (image / "a.qcow2").unlink()
    elif damage == "no manifest":
        (image / "manifest.json").unlink()
    else:
        (image / "manifest.json").write_text("{")
    assert not planning._is_whole(image, STAGES)
