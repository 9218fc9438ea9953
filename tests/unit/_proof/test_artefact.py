from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.files import digest
from ansible_collections.vessel.image.plugins.module_utils._proof import artefact
from ansible_collections.vessel.image.plugins.module_utils._proof.check_image import spec
from ansible_collections.vessel.image.plugins.module_utils._proof.checks import Context
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec


@pytest.fixture
def output(tmp_path: Path) -> Path:
    image = tmp_path / "i.qcow2"
    image.write_bytes(b"image")
    digest = hashlib.sha256(b"image").hexdigest()
    manifest = {
        "name": "n",
        "stages": [{"name": "tools", "id": "t1"}],
        "node": {"kubernetes": "v1.36.3"},
        "artifacts": [
            {"path": "i.raw", "format": "raw", "sha256": "00"},
            {"path": "i.qcow2", "format": "qcow2", "sha256": digest},
        ],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  i.qcow2\n")
    return tmp_path


def test_what_was_exported(output: Path) -> None:
    exported = artefact.load(output)
    assert exported.image == output / "i.qcow2"
    assert exported.kubernetes == "1.36.3"
    assert artefact.problems(output) == []


def test_other_bytes_are_told(output: Path) -> None:
    (output / "i.qcow2").write_bytes(b"other")
    assert "other bytes" in artefact.problems(output)[0]
    (output / "i.qcow2").unlink()
    assert "missing" in artefact.problems(output)[0]


def test_no_image_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match="VES-801"):
        artefact.load(tmp_path)


def test_an_image_of_another_spec_or_lock_is_no_proof_of_these(root: Path) -> None:
    wanted, lock = load_spec(root / "specs/wasm-node.yml"), {"schema": 1}
    made = {"spec_sha256": wanted.sha256, "lock_sha256": digest(lock)}
    for other in ("spec", "lock", None):
        manifest = made | ({f"{other}_sha256": "0" * 64} if other else {})
        exported = artefact.Exported(Path(), manifest, Path("i"), "ab")
        verdict = spec(Context(exported, root, lock, wanted))
        assert verdict.passed == (other is None)
        assert other is None or verdict.actual == f"one of another {other}"
