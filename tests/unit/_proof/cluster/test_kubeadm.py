from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import Result
from ansible_collections.vessel.image.plugins.module_utils._machine import waiting
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster import kubeadm as cluster


def test_kubeadm_configuration() -> None:
    init, config, kubelet = yaml.safe_load_all(cluster.kubeadm_config("1.36.3"))
    assert init["kind"] == "InitConfiguration"
    assert init["timeouts"]["controlPlaneComponentHealthCheck"] == "20m0s"
    assert config["kubernetesVersion"] == "v1.36.3"
    assert set(config["etcd"]) == {"local"}  # stacked
    parts = (config["etcd"]["local"], config["apiServer"], config["controllerManager"])
    for part in (*parts, config["scheduler"]):
        assert {"name": "GOMAXPROCS", "value": "1"} in part["extraEnvs"]
    (housekeeping,) = init["nodeRegistration"]["kubeletExtraArgs"]
    assert housekeeping == {"name": "housekeeping-interval", "value": "30s"}
    assert kubelet["kind"] == "KubeletConfiguration"
    assert kubelet["crashLoopBackOff"] == {"maxContainerRestartPeriod": "30s"}
    assert kubelet["featureGates"] == {"KubeletCrashLoopBackOffMax": True}


def test_network_configuration_is_one_list() -> None:
    config = json.loads(cluster.network_config())
    assert [plugin["type"] for plugin in config["plugins"]] == ["bridge"]


def test_the_script_writes_both_before_it_runs_kubeadm() -> None:
    script = cluster.form_script("1.36.3")
    for written in ("10-proof.conflist", f">{cluster.RESOLV}", "kube-apiserver+strategic.json"):
        assert script.index(written) < script.index("kubeadm init")


def test_a_slow_component_is_not_killed() -> None:
    (container,) = json.loads(cluster.patch("etcd"))["spec"]["containers"]
    assert container["name"] == "etcd"
    assert container["livenessProbe"]["failureThreshold"] * 10 >= 600


class BusyMock:
    """A mock of a kubectl whose API server refuses the first `refusals` requests."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.asked: list[str] = []

    def run(self, script: str, **_: Any) -> Result:
        self.asked.append(script)
        if len(self.asked) <= self.refusals:
            raise VesselError.of("VES-102", "kubectl failed", "TLS handshake timeout")
        return Result(0, "", "")


def test_a_refused_request_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0)
    busy = BusyMock(refusals=2)
    cluster.Cluster(busy).apply([{"kind": "Pod"}])  # type: ignore[arg-type]
    assert len(busy.asked) == 3
    assert len(set(busy.asked)) == 1


def test_a_request_refused_to_the_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0)
    busy = BusyMock(refusals=10**9)
    with pytest.raises(VesselError, match="kubectl failed"):
        cluster.Cluster(busy).insist("apply", patience=0.05)  # type: ignore[arg-type]
