"""The NoCloud seed: how a user tells a machine its name, its network and who may log in.

Format: cloud-init's NoCloud data source, files `meta-data`, `user-data` and `network-config`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .qemu import ADDRESS, GATEWAY, MAC, NAME_SERVER

ROOT = "root"


@dataclass(frozen=True, slots=True)
class Given:
    """What a seed holds besides: users come after the one who may log in, all else replaces what
    Vessel says itself, the network data as a whole."""

    user_data: Mapping[str, Any] = field(default_factory=dict)
    meta_data: Mapping[str, Any] = field(default_factory=dict)
    network_data: Mapping[str, Any] | None = None


NOTHING = Given()


def write_seed(  # noqa: PLR0913 - each is a part of the seed
    directory: Path,
    hostname: str,
    public_key: str,
    *,
    user: str = ROOT,
    network: bool = False,
    given: Given = NOTHING,
) -> None:
    """Fill the new `directory` with the three files. JSON is YAML, so no YAML writer is needed.

    A `user` other than root is made, and may become root by sudo without a password. `network`
    says whether the guest gets out. All users may read what is in the directory, which QEMU does as
    another one; so it has to lie in one that is closed to them.
    """
    directory.mkdir()
    user_data = {
        "hostname": hostname,
        "disable_root": user != ROOT,
        "ssh_pwauth": False,
        "ssh_genkeytypes": ["ed25519"],
        **given.user_data,
        "users": [
            {"name": user, "ssh_authorized_keys": [public_key], **_made(user)},
            *given.user_data.get("users", ()),
        ],
    }
    meta_data = {"instance-id": f"{hostname}-1", "local-hostname": hostname, **given.meta_data}
    files = {
        "user-data": f"#cloud-config\n{_text(user_data)}",
        "meta-data": _text(meta_data),
        "network-config": _text(given.network_data or _fixed_address(network)),
    }
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
        (directory / name).chmod(0o644)  # whatever the umask
    directory.chmod(0o755)


def _made(user: str) -> dict[str, Any]:
    if user == ROOT:
        return {}
    return {"shell": "/bin/bash", "lock_passwd": True, "sudo": "ALL=(ALL) NOPASSWD:ALL"}


def _fixed_address(way_out: bool) -> dict[str, Any]:
    """A fixed address and a route, which leads nowhere when QEMU's network is restricted; kubeadm
    and kubelet want one. No name server then: systemd-resolved would ask a dead one for ever."""
    card = {
        "match": {"macaddress": MAC},
        "set-name": "eth0",
        "addresses": [f"{ADDRESS}/24"],
        "routes": [{"to": "0.0.0.0/0", "via": GATEWAY}],
    }
    if way_out:
        card["nameservers"] = {"addresses": [NAME_SERVER]}
    return {"version": 2, "ethernets": {"eth0": card}}


def _text(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"
