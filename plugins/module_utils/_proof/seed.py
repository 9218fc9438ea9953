"""The NoCloud seed: how a user tells a machine its name, its network and who may log in.

Format: cloud-init's NoCloud data source, files `meta-data`, `user-data` and `network-config`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .qemu import MAC

ADDRESS = "10.0.2.15"
GATEWAY = "10.0.2.2"


def write_seed(directory: Path, hostname: str, public_key: str) -> None:
    """Fill the new `directory` with the three files. JSON is YAML, so no YAML writer is needed."""
    directory.mkdir()
    user_data = "#cloud-config\n" + _text(
        {
            "hostname": hostname,
            "disable_root": False,
            "ssh_pwauth": False,
            "ssh_genkeytypes": ["ed25519"],
            "users": [{"name": "root", "ssh_authorized_keys": [public_key]}],
        }
    )
    (directory / "user-data").write_text(user_data, encoding="utf-8")
    meta_data = {"instance-id": f"{hostname}-1", "local-hostname": hostname}
    (directory / "meta-data").write_text(_text(meta_data), encoding="utf-8")
    (directory / "network-config").write_text(_text(_network()), encoding="utf-8")


def _network() -> dict[str, Any]:
    """A fixed address and a route that leads nowhere: QEMU's restricted network offers none, and
    kubeadm and kubelet want one. No name server: systemd-resolved would ask a dead one for ever."""
    card = {
        "match": {"macaddress": MAC},
        "set-name": "eth0",
        "addresses": [f"{ADDRESS}/24"],
        "routes": [{"to": "0.0.0.0/0", "via": GATEWAY}],
    }
    return {"version": 2, "ethernets": {"eth0": card}}


def _text(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"
