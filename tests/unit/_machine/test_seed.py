from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.vessel.image.plugins.module_utils._machine import seed


def test_seed_is_what_cloud_init_reads(tmp_path: Path) -> None:
    seed.write_seed(tmp_path / "seed", "node-1", "ssh-ed25519 AAAA me")
    text = (tmp_path / "seed/user-data").read_text()
    assert text.startswith("#cloud-config\n")
    assert yaml.safe_load(text)["users"][0]["ssh_authorized_keys"] == ["ssh-ed25519 AAAA me"]
    assert yaml.safe_load((tmp_path / "seed/meta-data").read_text())["local-hostname"] == "node-1"
    assert yaml.safe_load((tmp_path / "seed/network-config").read_text())["version"] == 2


def test_a_visitors_seed_makes_a_user_who_may_become_root(tmp_path: Path) -> None:
    seed.write_seed(tmp_path / "seed", "node", "ssh-ed25519 AAAA me", user="me", network=True)
    data = yaml.safe_load((tmp_path / "seed/user-data").read_text())
    (user,) = data["users"]
    assert (user["name"], user["lock_passwd"]) == ("me", True)
    assert user["sudo"] == "ALL=(ALL) NOPASSWD:ALL"
    assert data["disable_root"] is True
    card = yaml.safe_load((tmp_path / "seed/network-config").read_text())["ethernets"]["eth0"]
    assert card["nameservers"] == {"addresses": ["10.0.2.3"]}


def test_what_a_scenario_gives_comes_on_top(tmp_path: Path) -> None:
    given = seed.Given(
        {"users": ["default"], "ssh_pwauth": True, "timezone": "UTC"}, {"public-keys": ["k"]}
    )
    seed.write_seed(tmp_path / "seed", "node", "ssh-ed25519 AAAA me", given=given)
    data = yaml.safe_load((tmp_path / "seed/user-data").read_text())
    assert [each if isinstance(each, str) else each["name"] for each in data["users"]] == [
        "root",
        "default",
    ]
    assert (data["ssh_pwauth"], data["timezone"], data["hostname"]) == (True, "UTC", "node")
    about = yaml.safe_load((tmp_path / "seed/meta-data").read_text())
    assert about == {
        "instance-id": "node-1",
        "local-hostname": "node",
        "public-keys": ["k"],
    }


def test_network_data_of_ones_own_is_written_as_it_is(tmp_path: Path) -> None:
    data = {"version": 2, "ethernets": {"all": {"match": {"name": "en*"}, "dhcp4": True}}}
    given = seed.Given(network_data=data)
    seed.write_seed(tmp_path / "seed", "node-1", "ssh-ed25519 AAAA me", given=given)
    assert yaml.safe_load((tmp_path / "seed/network-config").read_text()) == data


def test_nobody_logs_in_by_a_password_unless_it_is_asked_for(tmp_path: Path) -> None:
    seed.write_seed(tmp_path / "seed", "node-1", "ssh-ed25519 AAAA me")
    data = yaml.safe_load((tmp_path / "seed/user-data").read_text())
    assert (data["ssh_pwauth"], data["disable_root"]) == (False, False)
