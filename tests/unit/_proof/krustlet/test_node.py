from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import node
from ansible_collections.vessel.image.plugins.module_utils._proof.pods.pod import (
    container,
    make_pod,
)


def test_a_pod_of_krustlets_chooses_its_node_and_pulls() -> None:
    once = container("once", "vessel.test/hello:1")
    pod = make_pod("a", node.NAME, [container("b", "c")], initContainers=[once])
    specification = pod["spec"]
    assert "runtimeClassName" not in specification
    assert specification["nodeSelector"] == {"kubernetes.io/arch": "wasm32-wasi"}
    effects = [each["effect"] for each in specification["tolerations"]]
    assert effects == ["NoSchedule", "NoExecute"]
    for each in (*specification["containers"], *specification["initContainers"]):
        assert each["imagePullPolicy"] == "IfNotPresent"
