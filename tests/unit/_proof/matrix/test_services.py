from __future__ import annotations

import json

from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.services import usage


def test_usage_is_the_first_containers() -> None:
    used = {"cpu": {"usageCoreNanoSeconds": 7}, "memory": {"workingSetBytes": 9}}
    pods = [
        {"podRef": {"name": "other"}, "containers": []},
        {"podRef": {"name": "busy"}, "containers": [used, {}]},
        {"podRef": {"name": "young"}, "containers": [{"cpu": {}}]},
    ]
    summary = json.dumps({"pods": pods})
    assert usage(summary, "busy") == (7, 9)
    assert [usage(summary, name) for name in ("other", "young", "none")] == [None] * 3
