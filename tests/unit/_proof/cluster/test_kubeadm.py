from __future__ import annotations

import json

import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.version import Version
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster import kubeadm


def test_kubeadm_configuration() -> None:
    init, config, kubelet = yaml.safe_load_all(kubeadm.kubeadm_config(Version("1.36.3")))
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
    config = json.loads(kubeadm.network_config())
    assert [plugin["type"] for plugin in config["plugins"]] == ["bridge"]


def test_the_script_writes_both_before_it_runs_kubeadm() -> None:
    script = kubeadm.form_script(Version("1.36.3"))
    for written in ("10-proof.conflist", f">{kubeadm.RESOLV}", "kube-apiserver+strategic.json"):
        assert script.index(written) < script.index("kubeadm init")


def test_a_slow_component_is_not_killed() -> None:
    (container,) = json.loads(kubeadm.patch("etcd"))["spec"]["containers"]
    assert container["name"] == "etcd"
    assert container["livenessProbe"]["failureThreshold"] * 10 >= 600
