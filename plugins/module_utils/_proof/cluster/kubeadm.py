"""What kubeadm is given to form a cluster inside the guest.

What runs inside is a shell script over SSH: a Python module in an emulated guest costs seconds.
"""

from __future__ import annotations

import json
from typing import Any

from ..._common.version import Version
from ..._machine.qemu import ADDRESS

POD_NETWORK = "10.244.0.0/16"
NODE_NETWORK = "10.244.0.0/24"
# CoreDNS does not start without a name server to forward to; this one refuses at once.
RESOLV = "/etc/kubernetes/proof-resolv.conf"
PATCHES = "/etc/kubernetes/patches"
STATIC_PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
# Those that kubeadm gives a readiness probe; a patch cannot make one.
HAS_READINESS = ("etcd", "kube-apiserver", "kube-scheduler")


def arguments(**flags: str) -> list[dict[str, str]]:
    """Flags of a program, in the form of kubeadm.k8s.io/v1beta4."""
    return [{"name": name.replace("_", "-"), "value": value} for name, value in flags.items()]


INIT = {
    "apiVersion": "kubeadm.k8s.io/v1beta4",
    "kind": "InitConfiguration",
    "localAPIEndpoint": {"advertiseAddress": ADDRESS},
    "nodeRegistration": {
        "taints": [],
        # How often the kubelet reads every control group for its statistics; 10s by itself.
        "kubeletExtraArgs": arguments(housekeeping_interval="30s"),
    },
    "patches": {"directory": PATCHES},
    "timeouts": {
        "controlPlaneComponentHealthCheck": "20m0s",
        "etcdAPICall": "10m0s",
        "kubeletHealthCheck": "10m0s",
        "kubernetesAPICall": "20m0s",
        "tlsBootstrap": "10m0s",
    },
}
KUBELET = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1",
    "kind": "KubeletConfiguration",
    "resolvConf": RESOLV,
    "runtimeRequestTimeout": "10m0s",
    # The controller manager gives the API server 10 s to answer and ends; after the sixth time the
    # kubelet would wait 5 min, which a slow start of the API server takes easily.
    "crashLoopBackOff": {"maxContainerRestartPeriod": "30s"},
    "featureGates": {"KubeletCrashLoopBackOffMax": True},
}


def kubeadm_config(kubernetes: Version) -> str:
    """kubeadm's configuration (kubeadm.k8s.io/v1beta4), as the YAML documents of one file.

    Stacked etcd and preloaded images are kubeadm's defaults. The waits are raised because kubeadm's
    own are too short for an emulated machine; without leader election nothing waits for a lease
    that an emulated control plane lost; and RSA is slow work. No taint, as this is the only node.

    And a control plane at rest is made to do less, as emulation makes idling dear: see
    docs/decisions.md, 46.
    """
    # Memory is cheaper than processor time: collect garbage at four times the live heap. And with
    # one thread Go has no idle ones to wake, look for work and go to sleep again.
    env = {"extraEnvs": [{"name": "GOGC", "value": "400"}, {"name": "GOMAXPROCS", "value": "1"}]}
    no_election = {**env, "extraArgs": arguments(leader_elect="false")}
    # In milliseconds, ten times its own: the only member has nobody to send a heartbeat to.
    etcd = {**env, "extraArgs": arguments(heartbeat_interval="1000", election_timeout="10000")}
    cluster = {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "ClusterConfiguration",
        "kubernetesVersion": kubernetes.tag,
        "encryptionAlgorithm": "ECDSA-P256",
        "networking": {"podSubnet": POD_NETWORK},
        "etcd": {"local": etcd},
        "apiServer": env,
        "controllerManager": no_election,
        "scheduler": no_election,
    }
    return "---\n".join(json.dumps(part, indent=2) + "\n" for part in (INIT, cluster, KUBELET))


def patch(component: str) -> str:
    """kubeadm's patch of a static pod, for a host that emulates: probes ask rarely and wait long.

    kubeadm asks etcd and the API server every second whether they are ready, each time by a TLS
    handshake. And a component that is slow must not be killed for it: it would begin again, and be
    slower still.
    """
    container: dict[str, Any] = {
        "name": component,
        "livenessProbe": {"failureThreshold": 60, "periodSeconds": 30, "timeoutSeconds": 60},
    }
    if component in HAS_READINESS:
        container["readinessProbe"] = {"periodSeconds": 20, "timeoutSeconds": 60}
    return json.dumps({"spec": {"containers": [container]}})


def network_config() -> str:
    """A CNI configuration list (CNI 1.0.0) that is enough for one node: it is the user's to bring,
    the image has none. Nothing leads out of the node, so there is nothing to masquerade; iptables
    for each pod made ten of them start and go a fifth slower (docs/decisions.md, 46)."""
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": NODE_NETWORK}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    return json.dumps({"cniVersion": "1.0.0", "name": "proof", "plugins": [bridge]}, indent=2)


FORM = """
install -d -m 0755 /etc/cni/net.d /run/proof {patches}
{write_patches}
cat >/etc/cni/net.d/10-proof.conflist <<'EOF'
{network}
EOF
echo nameserver {address} >{resolv}
cat >/run/proof/kubeadm.yaml <<'EOF'
{kubeadm}
EOF
kubeadm init --config /run/proof/kubeadm.yaml 2>&1
"""


def form_script(kubernetes: Version) -> str:
    """The script that brings the network configuration and runs `kubeadm init`."""
    return FORM.format(
        address=ADDRESS,
        resolv=RESOLV,
        patches=PATCHES,
        write_patches="\n".join(
            f"echo '{patch(name)}' >{PATCHES}/{name}+strategic.json" for name in STATIC_PODS
        ),
        network=network_config(),
        kubeadm=kubeadm_config(kubernetes),
    )
