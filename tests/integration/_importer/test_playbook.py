"""`ansible-playbook playbooks/import-image-builder.yml` as a user meets it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec

PLAYBOOK = "playbooks/import-image-builder.yml"
MARKER = "hunter2marker"
SETTINGS = """
[metrics]
  address = "127.0.0.1:1338"
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
  endpoint = ["https://mirror.example.com"]
[plugins."io.containerd.grpc.v1.cri".registry.configs."mirror.example.com".auth]
  password = "hunter2marker"
"""
# As somebody has them who builds an OVA on vCenter.
OVA = {
    "kubernetes_semver": "v1.36.3",
    "kubernetes_series": "v1.36",
    "kubernetes_deb_version": "1.36.3-1.1",
    "containerd_version": "2.4.2",
    "containerd_additional_settings": base64.b64encode(SETTINGS.encode()).decode(),
    "extra_debs": '"nfs-common jq"',
    "extra_kernel_boot_params": "mitigations=auto",
    "custom_role": "true",
    "custom_role_names": "/home/imagebuilder/site",
    "ansible_user_vars": f"site_name=north site_password={MARKER}",
    "http_proxy": f"http://user:{MARKER}@proxy.example.com:3128",
    "shutdown_command": "echo {{user `ssh_password`}}",
    "vmx_version": "15",
}
SECRETS = {
    "vcenter_server": "vcenter.example.com",
    "username": "administrator",
    "password": MARKER,
    "ssh_password": MARKER,
    "remote_password": MARKER,
    "my_api_token": MARKER,
    "additional_s3_access": MARKER,
    "additional_s3_secret": MARKER,
    "misspelt": MARKER,
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with spaces that has the files, and the role that they name."""
    directory = tmp_path / "my files"
    (directory / "site/tasks").mkdir(parents=True)
    (directory / "site/tasks/main.yml").write_text(
        "---\n- name: Site\n  ansible.builtin.meta: noop\n"
    )
    (directory / "tkg.json").write_text(json.dumps(OVA, indent=2))
    (directory / "vsphere.json").write_text(json.dumps(SECRETS, indent=2))
    return directory


def run(root: Path, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The playbook, called in `place`."""
    given: dict[str, Any] = {
        "files": ["tkg.json", "vsphere.json"],
        "spec": "specs/my-node.yml",
        "mounts": {"/home/imagebuilder/site": "site"},
        "machine_proxy": True,
    }
    return subprocess.run(
        ["ansible-playbook", root / PLAYBOOK, "-e", json.dumps(given), *words],
        cwd=place,
        env={**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )


def held(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_an_ova_of_vcenter(root: Path, place: Path, cache: Path) -> None:
    before = held(place)
    checked = run(root, place, "--check", "--diff")
    assert checked.returncode == 0, checked.stdout
    assert held(place) == before
    assert '+  version: "1.36.3"' in checked.stdout

    written = run(root, place)
    assert written.returncode == 0, written.stdout
    for line in ("custom_role_names → `customize.roles.after`", "a secret:", "unknown key: 1"):
        assert line in written.stdout
    spec = load_spec(place / "specs/my-node.yml")
    assert spec.kubernetes.version == "1.36.3"
    assert spec.customize["packages"] == ["nfs-common", "jq"]
    assert spec.customize["kernel_arguments"] == ["mitigations=auto"]
    assert spec.customize["roles"] == {
        "before": ["my-node/roles/image-builder-variables"],
        "after": ["my-node/roles/site"],
    }
    assert [each["path"] for each in spec.customize["files"]] == [
        "/etc/containerd/certs.d/docker.io/hosts.toml",
        "/etc/containerd/conf.d/60-image-builder.toml",
    ]
    first = held(place)
    again = run(root, place, "-v")
    assert "changed=0" in again.stdout, again.stdout
    assert held(place) == first


def test_nothing_of_the_users_is_replaced(root: Path, place: Path, cache: Path) -> None:
    assert run(root, place).returncode == 0
    spec = place / "specs/my-node.yml"
    mine = spec.read_text().replace("mitigations=auto", "mitigations=off")
    spec.write_text(mine)
    for words in ([], ["--check"]):
        refused = run(root, place, *words)
        assert refused.returncode == 2
        assert "VES-877" in refused.stdout
        assert spec.read_text() == mine
    forced = run(root, place, "-e", "force=true", "--diff")
    assert forced.returncode == 0
    assert "-  kernel_arguments: [mitigations=off]" in forced.stdout
    assert "mitigations=auto" in spec.read_text()


def test_no_secret_is_said_or_written(root: Path, place: Path, cache: Path) -> None:
    loud = run(root, place, "-vvv", "--diff")
    assert loud.returncode == 0, loud.stdout
    assert MARKER not in loud.stdout + loud.stderr
    assert {name for name, data in held(place).items() if MARKER.encode() in data} == {
        "tkg.json",
        "vsphere.json",
    }
    assert MARKER.encode() not in b"".join(held(cache).values())
    for key in ("password", "ssh_password", "my_api_token", "additional_s3_access", "misspelt"):
        assert key in loud.stdout


def test_problems_have_their_places(root: Path, place: Path, cache: Path) -> None:
    (place / "vsphere.json").write_text('{\n  "password": "hunter2marker"\n  "a": ""\n}')
    found = run(root, place)
    assert found.returncode == 2
    assert f"{place}/vsphere.json:3:3: VES-871" in found.stdout
    assert MARKER not in found.stdout + found.stderr
    assert not (place / "specs").exists()


def test_the_role_with_the_variables_sets_them(root: Path, place: Path, cache: Path) -> None:
    """As node.yml applies it: an included role, before the others, which find what it set."""
    assert run(root, place).returncode == 0
    roles = place / "specs/my-node/roles"
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {"ansible.builtin.include_role": {"name": str(roles / "image-builder-variables")}},
                {"ansible.builtin.debug": {"msg": "it is {{ site_name }}"}},
            ],
        }
    ]
    (place / "play.yml").write_text(yaml.safe_dump(play))
    done = subprocess.run(
        ["ansible-playbook", place / "play.yml"],
        env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "it is north" in done.stdout, done.stdout
