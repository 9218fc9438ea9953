"""The manifests of docs/pods hold the module of workloads/greeting.wat, one for each handler."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml
from ansible_collections.vessel.image.plugins.module_utils._lock.lockfile import (
    lock_path,
    read_lock,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import node as krustlet
from ansible_collections.vessel.image.plugins.module_utils._proof.runtimes import RUNTIMES
from ansible_collections.vessel.image.plugins.module_utils._tree.images import image_names
from ansible_collections.vessel.image.plugins.module_utils._workloads.programs import (
    Workload,
    build,
)

ROOT = Path(__file__).resolve().parents[4]


def test_a_manifest_for_each_handler_and_the_module_in_it(plan: Plan) -> None:
    lock = read_lock(lock_path(plan.spec_file))
    assert lock is not None
    image = image_names(lock.kubernetes)["pause"]
    module = build(Workload("greeting.wat"), ROOT).read_bytes()
    found = {path.stem: path for path in (ROOT / "docs/pods").glob("*.yaml")}
    assert set(found) == set(RUNTIMES)
    for name, path in found.items():
        held, pod = yaml.safe_load_all(path.read_text())
        assert base64.b64decode(held["binaryData"]["hello.wasm"]) == module
        if name == krustlet.NAME:
            assert pod["spec"]["nodeSelector"] == krustlet.SELECTOR
            assert pod["spec"]["tolerations"] == krustlet.TOLERATIONS
            assert pod["spec"]["containers"][0]["image"] == krustlet.NO_IMAGE
        else:
            assert pod["spec"]["runtimeClassName"] == name
            assert pod["spec"]["containers"][0]["image"] == image, "the one that is preloaded"
        times = 5 if name == krustlet.NAME else 6  # it has no RuntimeClass
        assert path.read_text().count(name) >= times, "its own name in each command"
