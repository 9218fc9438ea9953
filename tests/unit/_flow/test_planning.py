from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow import planning
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan, Stage

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


def stage(**parts: str) -> Stage:
    return Stage("node", "lay down the node", "2" * 64, (), parts)


def why(before: dict[str, str] | None, *, lock: bool = True, **parts: str) -> str:
    spec = {"name": "own", "operating_system": {"distribution": "debian", "release": "trixie"},
            "architectures": ["amd64"], "kubernetes": {"version": "1.36.3"}}  # fmt: skip
    plan = Plan("p", "/", "own.yml", spec, "s", {"l": 1} if lock else {}, "l", (stage(**parts),))
    planned = planning.Planned(plan, False, {} if before is None else {"node": before})
    [row] = planned.rows()
    assert row["why"] in planned.table()
    return str(row["why"])


def test_a_stage_says_why_it_runs(cache: Path) -> None:
    before = {"roles/base": "1", "programs": "1", "gone": "1"}
    changed = why(before, **{"roles/base": "2", "programs": "1", "customize": "1"})
    assert changed == "something has changed: roles/base, customize, gone"
    assert why(before, **before) == "its result is no longer kept"
    assert why(None, **before) == "no build of this spec has ended here yet"
    assert why(None, lock=False) == "the spec is not locked yet"
    many = why({}, **{str(n): "1" for n in range(9)})
    assert many == "something has changed: 0, 1, 2, 3, 4 and 4 more"
