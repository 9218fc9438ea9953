from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._export.exported import Exported
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context
from ansible_collections.vessel.image.plugins.module_utils._proof.image.files import spec
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec


def test_an_image_of_another_spec_or_lock_is_no_proof_of_these(root: Path) -> None:
    wanted, lock = load_spec(root / "specs/wasm-node.yml"), Lock({"schema": 1})
    made = {"spec_sha256": wanted.sha256, "lock_sha256": lock.sha256}
    for other in ("spec", "lock", None):
        manifest = made | ({f"{other}_sha256": "0" * 64} if other else {})
        verdict = spec(Context(Exported(Path(), manifest), root, lock, wanted))
        assert verdict.passed == (other is None)
        assert other is None or verdict.actual == f"one of another {other}"
