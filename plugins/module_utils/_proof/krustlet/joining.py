"""The step that makes Krustlet's node part of the cluster, as docs/krustlet.md tells people."""

from __future__ import annotations

import time

from ..._machine.qemu import ADDRESS
from ..._machine.waiting import poll
from ..check import Verdict, check
from ..context import Context
from ..phases import CLUSTER
from ..subjects import krustlet
from .state import journal, not_ready

BOOTSTRAP, CERTIFICATES = "/etc/kubernetes/bootstrap-krustlet.conf", "/var/lib/krustlet/pki"
JOINS_WITHIN = 120.0
# What docs/krustlet.md tells people to do.
BRING = f"""
export KUBECONFIG=/etc/kubernetes/admin.conf
make() {{ kubectl config --kubeconfig=/run/bootstrap-krustlet.conf "$@" >/dev/null; }}
make set-cluster kubernetes --server=https://{ADDRESS}:6443 \\
  --certificate-authority=/etc/kubernetes/pki/ca.crt --embed-certs
make set-credentials krustlet --token="$(kubeadm token create --ttl=1h)"
make set-context krustlet --cluster=kubernetes --user=krustlet
make use-context krustlet
install -m 0600 /run/bootstrap-krustlet.conf {BOOTSTRAP}
rm /run/bootstrap-krustlet.conf
"""


@check("krustlet.joins", CLUSTER.at(50, of=krustlet), step=True)
def joins(context: Context) -> Verdict:
    """With a bootstrap token it becomes a node, soon; the certificate that it shows is approved."""
    begun = time.monotonic()
    if context.sh(f"test -e {BOOTSTRAP} && echo there") != "there":
        context.machine.ssh.run(BRING, what="bringing Krustlet's bootstrap file")
    missing = poll(lambda: not_ready(context), JOINS_WITHIN)
    took = time.monotonic() - begun
    if missing:
        return Verdict(False, f"Ready within {JOINS_WITHIN:.0f} s", missing, journal(context))
    _approve(context)
    shows = f"test -e {CERTIFICATES}/serving.pem && echo signed"
    unsigned = poll(lambda: "" if context.sh(shows) == "signed" else "no certificate", 60)
    found = unsigned or f"Ready after {took:.0f} s, certificate signed"
    return Verdict(not unsigned, f"Ready within {JOINS_WITHIN:.0f} s", found, journal(context))


def _approve(context: Context) -> None:
    """As an administrator does for a kubelet's serving certificate."""
    waiting = [
        each["metadata"]["name"]
        for each in context.cluster.get("certificatesigningrequests")
        if each["spec"]["signerName"] == "kubernetes.io/kubelet-serving" and not each.get("status")
    ]
    for name in waiting:
        context.cluster.insist(f"certificate approve {name}")
