"""Network data as people write it, rendered by the image's own cloud-init and netplan: a real
package tree with the role's settings, and no boot. What networkd is told is what is looked at."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Template
from role_play import SANDBOX

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="entering a tree needs root")

ENTER = """
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/tree"
mount -t tmpfs tmpfs "$2/tree/run"
mount --bind /dev "$2/tree/dev"
mount --bind "$2/out" "$2/tree/mnt"
chroot "$2/tree" python3 -B /mnt/render.py
mkdir "$2/out/network"
cp "$2"/tree/run/systemd/network/* "$2"/tree/etc/systemd/network/* "$2/out/network" || true # none
"""
# What cloud-init does with network data; it is read as the VMware source reads its metadata.
RENDER = """
import json
from cloudinit.sources.DataSourceVMware import load_json_or_yaml, process_metadata
from cloudinit.stages import Init
init = Init([])
init.read_cfg()
data = open("/mnt/data").read()
metadata = process_metadata(load_json_or_yaml(data))
init.distro.apply_network_config(metadata["network"]["config"], bring_up=False)
"""
CARD = {"match": {"macaddress": "52:54:00:00:00:01"}, "set-name": "eth0"}
MEMBERS = {name: {"match": {"name": name}} for name in ("ens1", "ens2")}


def ethernet(**keys: Any) -> dict[str, Any]:
    named = {key.replace("_", "-"): value for key, value in keys.items()}
    return {"ethernets": {"id0": {**CARD, **named}}}


# Network data, the file of networkd's that comes of it, and lines that it must have, or with `!`
# must not: a card that is matched by something else may have any name.
SHAPES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "a name's pattern": (
        {"ethernets": {"all": {"match": {"name": "en*"}, "dhcp4": True}}},
        "all.network",
        ["Name=en*", "DHCP=ipv4", "!Name=all"],
    ),
    "a driver": (
        {"ethernets": {"all": {"match": {"driver": "vmxnet3"}, "dhcp6": True}}},
        "all.network",
        ["Driver=vmxnet3", "DHCP=ipv6", "!Name=all"],
    ),
    "several drivers": (
        {"ethernets": {"all": {"match": {"driver": ["vmxnet3", "e1000*"]}, "dhcp4": True}}},
        "all.network",
        ["Driver=vmxnet3 e1000*", "!Name=all"],
    ),
    "a route to default": (
        ethernet(addresses=["192.0.2.2/24"], routes=[{"to": "default", "via": "192.0.2.1"}]),
        "id0.network",
        ["PermanentMACAddress=52:54:00:00:00:01", "Destination=0.0.0.0/0", "Gateway=192.0.2.1"],
    ),
    "a route of IPv6 to default": (
        ethernet(addresses=["fd00::2/64"], routes=[{"to": "default", "via": "fd00::1"}]),
        "id0.network",
        ["Destination=::/0", "Gateway=fd00::1"],
    ),
    "a route on the link, with table, source and metric": (
        ethernet(
            addresses=["192.0.2.2/32"],
            routes=[
                {"to": "default", "via": "198.51.100.1", "on-link": True, "metric": 7, "table": 9}
            ],
        ),
        "id0.network",
        ["GatewayOnLink=true", "Metric=7", "Table=9"],
    ),
    "a routing policy": (
        ethernet(addresses=["192.0.2.2/24"], routing_policy=[{"from": "192.0.2.2", "table": 9}]),
        "id0.network",
        ["From=192.0.2.2", "Table=9"],
    ),
    "a DHCP identity": (
        ethernet(dhcp4=True, dhcp_identifier="mac"),
        "id0.network",
        ["ClientIdentifier=mac"],
    ),
    "answers of DHCP that are not wanted": (
        ethernet(dhcp4=True, dhcp4_overrides={"use-dns": False, "use-routes": "false"}),
        "id0.network",
        ["UseDNS=false", "UseRoutes=false"],
    ),
    "no router advertisement": (ethernet(accept_ra=False), "id0.network", ["IPv6AcceptRA=no"]),
    "size of packets": (ethernet(mtu=9000), "id0.network", ["MTUBytes=9000"]),
    "names": (ethernet(), "id0.link", ["Name=eth0", "PermanentMACAddress=52:54:00:00:00:01"]),
    "waking up": (ethernet(wakeonlan=True), "id0.link", ["WakeOnLan=magic"]),
    "a bond": (
        {
            "ethernets": MEMBERS,
            "bonds": {
                "bond0": {
                    "interfaces": ["ens1", "ens2"],
                    "parameters": {"mode": "802.3ad", "lacp-rate": "fast"},
                }
            },
        },
        "bond0.netdev",
        ["Kind=bond", "Mode=802.3ad", "LACPTransmitRate=fast"],
    ),
    "a bond's member": (
        {"ethernets": MEMBERS, "bonds": {"bond0": {"interfaces": ["ens1", "ens2"]}}},
        "ens2.network",
        ["Name=ens2", "Bond=bond0"],
    ),
    "a VLAN": (
        {
            "ethernets": MEMBERS,
            "vlans": {"prod": {"id": 100, "link": "ens1", "addresses": ["192.0.2.2/24"]}},
        },
        "prod.netdev",
        ["Kind=vlan", "Id=100"],
    ),
    "a VLAN's card": (
        {"ethernets": MEMBERS, "vlans": {"prod": {"id": 100, "link": "ens1"}}},
        "ens1.network",
        ["VLAN=prod"],
    ),
    "a bridge": (
        {
            "ethernets": MEMBERS,
            "bridges": {"br0": {"interfaces": ["ens1"], "parameters": {"stp": False}}},
        },
        "br0.netdev",
        ["Kind=bridge", "STP=false"],
    ),
    "a tunnel": (
        {
            "tunnels": {
                "vx": {"mode": "vxlan", "id": 5, "remote": "192.0.2.9", "local": "192.0.2.2"}
            }
        },
        "vx.netdev",
        ["Kind=vxlan", "VNI=5", "Remote=192.0.2.9"],
    ),
    "a routing domain": (
        {"ethernets": MEMBERS, "vrfs": {"blue": {"table": 7, "interfaces": ["ens1"]}}},
        "blue.netdev",
        ["Kind=vrf", "Table=7"],
    ),
    "a dummy": (
        {"dummy-devices": {"lo1": {"addresses": ["192.0.2.2/32"]}}},
        "lo1.netdev",
        ["Kind=dummy"],
    ),
}
# Cluster API's provider for vSphere, with every field that it knows.
CLUSTER_API = """
instance-id: "node-1"
local-hostname: "node-1"
wait-on-network:
  ipv4: false
  ipv6: false
network:
  version: 2
  ethernets:
    id0:
      match:
        macaddress: "00:50:56:00:00:01"
      set-name: "eth0"
      wakeonlan: true
      dhcp4: true
      dhcp6: false
      accept-ra: false
      dhcp4-overrides:
        hostname: "node-1"
        route-metric: 50
        send-hostname: true
        use-dns: true
        use-domains: true
        use-hostname: true
        use-mtu: true
        use-ntp: true
        use-routes: "true"
    id1:
      match:
        macaddress: "00:50:56:00:00:02"
      set-name: "eth1"
      wakeonlan: true
      dhcp4: false
      dhcp6: false
      accept-ra: false
      addresses:
      - "192.0.2.2/24"
      - "fd00::2/64"
      gateway4: "192.0.2.1"
      gateway6: "fd00::1"
      mtu: 1400
      routes:
      - to: "198.51.100.0/24"
        via: "192.0.2.254"
        metric: 3
      nameservers:
        addresses:
        - "192.0.2.53"
        search:
        - "example.com"
"""
# Version 1, which cloud-init makes of OpenStack's data on a ConfigDrive.
VERSION_1 = {
    "version": 1,
    "config": [
        {"type": "physical", "name": "a", "mac_address": "52:54:00:00:00:01"},
        {"type": "physical", "name": "b", "mac_address": "52:54:00:00:00:02"},
        {
            "type": "bond",
            "name": "bond0",
            "bond_interfaces": ["a", "b"],
            "params": {"bond-mode": "active-backup"},
        },
        {
            "type": "vlan",
            "name": "bond0.7",
            "vlan_link": "bond0",
            "vlan_id": 7,
            "subnets": [{"type": "static", "address": "192.0.2.2/24", "gateway": "192.0.2.1"}],
        },
    ],
}


def rendered(metadata: str, place: Path, package_tree: Path, root: Path) -> Path:
    """The directory with `network` (networkd's files), made of VMware metadata."""
    for name in ("upper/etc/cloud/cloud.cfg.d", "work", "tree", "out"):
        (place / name).mkdir(parents=True)
    base = root / "roles/base"
    settings = "etc/cloud/cloud.cfg.d/95_vessel.cfg"
    text = Template((base / "templates/rootfs" / f"{settings}.j2").read_text())
    defaults = yaml.safe_load((base / "defaults/main.yml").read_text())
    (place / "upper" / settings).write_text(text.render(defaults) + "\n")
    (place / "out/data").write_text(metadata)
    (place / "out/render.py").write_text(RENDER)
    done = subprocess.run(
        [*SANDBOX, "bash", "-ec", ENTER, "bash", package_tree, place],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "out"


def lines(out: Path, name: str) -> list[str]:
    files = {path.name: path for path in (out / "network").iterdir()}
    found = [path for file, path in files.items() if file.endswith(f"-{name}")]
    assert len(found) == 1, sorted(files)
    return found[0].read_text().splitlines()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_reaches_networkd(
    shape: str, tmp_path: Path, package_tree: Path, root: Path
) -> None:
    data, name, wanted = SHAPES[shape]
    metadata = json.dumps({"network": {"version": 2, **data}})
    found = lines(rendered(metadata, tmp_path, package_tree, root), name)
    wrong = [line for line in wanted if (line.lstrip("!") in found) is line.startswith("!")]
    assert wrong == [], found


def test_every_field_of_cluster_apis_metadata_reaches_networkd(
    tmp_path: Path, package_tree: Path, root: Path
) -> None:
    out = rendered(CLUSTER_API, tmp_path, package_tree, root)
    wanted = ["DHCP=ipv4", "IPv6AcceptRA=no", "RouteMetric=50", "Hostname=node-1", "UseMTU=true"]
    wanted += ["UseDomains=true"]
    assert [line for line in wanted if line not in lines(out, "id0.network")] == []
    wanted = ["Address=192.0.2.2/24", "Address=fd00::2/64", "Gateway=192.0.2.1", "Gateway=fd00::1"]
    wanted += ["Destination=198.51.100.0/24", "Gateway=192.0.2.254", "Metric=3", "MTUBytes=1400"]
    wanted += ["DNS=192.0.2.53", "Domains=example.com"]
    assert [line for line in wanted if line not in lines(out, "id1.network")] == []


def test_openstacks_network_data_reaches_networkd(
    tmp_path: Path, package_tree: Path, root: Path
) -> None:
    metadata = json.dumps({"network": VERSION_1})
    out = rendered(metadata, tmp_path, package_tree, root)
    assert "Kind=bond" in lines(out, "bond0.netdev")
    assert "Bond=bond0" in lines(out, "a.network")
    assert "Id=7" in lines(out, "bond0.7.netdev")
    assert "Gateway=192.0.2.1" in lines(out, "bond0.7.network")


def test_nobody_else_reads_what_may_hold_secrets(
    tmp_path: Path, package_tree: Path, root: Path
) -> None:
    metadata = json.dumps({"network": {"version": 2, **ethernet(dhcp4=True)}})
    rendered(metadata, tmp_path, package_tree, root)
    written = tmp_path / "upper/etc/netplan/50-cloud-init.yaml"
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_field_that_nobody_knows_is_told(tmp_path: Path, package_tree: Path, root: Path) -> None:
    metadata = json.dumps({"network": {"version": 2, **ethernet(dhcp4=True, adresses=["x"])}})
    with pytest.raises(AssertionError, match=r"unknown key .adresses"):
        rendered(metadata, tmp_path, package_tree, root)
