from __future__ import annotations

import json

import yaml
from ansible_collections.vessel.image.plugins.module_utils._proof import cluster


def test_kubeadm_configuration() -> None:
    init, config, kubelet = yaml.safe_load_all(cluster.kubeadm_config("1.36.3"))
    assert init["kind"] == "InitConfiguration"
    assert init["timeouts"]["controlPlaneComponentHealthCheck"] == "20m0s"
    assert config["kubernetesVersion"] == "v1.36.3"
    assert "etcd" not in config
    assert kubelet["kind"] == "KubeletConfiguration"


def test_network_configuration_is_one_list() -> None:
    config = json.loads(cluster.network_config())
    assert [plugin["type"] for plugin in config["plugins"]] == ["bridge", "portmap"]


def test_the_script_writes_both_before_it_runs_kubeadm() -> None:
    script = cluster.form_script("1.36.3")
    for written in ("10-proof.conflist", f">{cluster.RESOLV}", "kube-apiserver+strategic.json"):
        assert script.index(written) < script.index("kubeadm init")


def test_a_slow_component_is_not_killed() -> None:
    (container,) = json.loads(cluster.patch("etcd"))["spec"]["containers"]
    assert container["name"] == "etcd"
    assert container["livenessProbe"]["failureThreshold"] * 10 >= 600
