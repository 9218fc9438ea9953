"""Check that the kubelet runs as the node and kubeadm want it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..check import Verdict, check, none_of
from ..context import Context
from ..phases import CLUSTER
from .client import REQUEST_LIMIT

# The image's own (roles/kubernetes), then those of kubeadm's that a node relies on.
WANTED: Mapping[str, Any] = {
    "seccompDefault": True,
    "podPidsLimit": 4096,
    "protectKernelDefaults": True,
    "tlsMinVersion": "VersionTLS12",
    "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True}},
    "authorization": {"mode": "Webhook"},
    "rotateCertificates": True,
    "readOnlyPort": None,  # it says no port as 0, which it leaves out
}


@check("cluster.kubelet", CLUSTER.at(45))
def kubelet(context: Context) -> Verdict:
    """Its settings, as it says them itself, are the safe ones."""
    where = f"/api/v1/nodes/{context.machine.hostname}/proxy/configz"
    said = context.cluster.kubectl(f"get --raw {where} {REQUEST_LIMIT}", check=False)
    if said.status != 0 or not said.stdout.strip():
        return Verdict(False, "the kubelet's settings", said.stderr.strip() or "no answer")
    settings = json.loads(said.stdout)["kubeletconfig"]
    return none_of("setting of another value", list(differences(WANTED, settings)))


def differences(wanted: Mapping[str, Any], found: Any, above: str = "") -> Iterator[str]:
    """What `found` has otherwise than `wanted`; what it leaves out is None."""
    for key, value in wanted.items():
        seen = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(value, Mapping):
            yield from differences(value, seen, f"{above}{key}.")
        elif seen != value:
            yield f"{above}{key} is {json.dumps(seen)}, not {json.dumps(value)}"
