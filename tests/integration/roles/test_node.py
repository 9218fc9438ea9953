"""The node's play on a copy of a real package tree, in the sandbox; no image and no boot."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._lock.engines import for_role
from role_play import SANDBOX, run_plays

SHIM = "containerd-shim-wasmtime-v1"
KRUSTLET = "krustlet-wasi"
EPOCH = 1763900000
PROGRAMS = (
    *("containerd", "containerd-shim-runc-v2", "crictl", "ctr"),
    *("kubeadm", "kubectl", "kubelet"),
)
RUNTIMES = "io.containerd.cri.v1.runtime"


def play(tree: Path, variables: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return run_plays(["playbooks/node.yml", "playbooks/seal.yml"], tree, variables)


def inside(tree: Path, command: str) -> str:
    done = subprocess.run(
        [*SANDBOX, "chroot", tree, "/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    store = tmp_path_factory.mktemp("store")
    paths = {}
    for name in (*PROGRAMS, "bridge", "loopback", SHIM, KRUSTLET):
        (store / name).write_text(f"#!/bin/sh\necho {name}\n")
        paths[name] = str(store / name)
    return {
        "vessel_binaries": {name: paths[name] for name in PROGRAMS},
        "vessel_cni_plugins": {name: paths[name] for name in ("bridge", "loopback")},
        "vessel_kubernetes_version": "1.36.3",
        "vessel_pause_image": "registry.k8s.io/pause:3.10.1",
        "vessel_wasm_runtimes": ["wasmedge", "wasmtime"],
        "vessel_wasm_engines": [for_role(name) for name in ("wasmedge", "wasmtime")],
        "vessel_wasm_binaries": {"/usr/local/bin": {SHIM: paths[SHIM]}},
        "vessel_wasm_default": "wasmtime",
        "vessel_krustlet": {KRUSTLET: paths[KRUSTLET]},
        "vessel_apt_sources": "",
        "vessel_image_name": 'debian-13-amd64-v1.36.3-"$odd"',
        "vessel_kept": ["/root/.ssh/authorized_keys", "/var/log/own/a"],
        "vessel_source_date_epoch": EPOCH,
        "vessel_spec_sha256": "a" * 64,
        "vessel_lock_sha256": "b" * 64,
        "vessel_architecture": "amd64",
        "vessel_kernel": "cloud",
    }


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, package_tree: Path) -> Iterator[Path]:
    tree = tmp_path_factory.mktemp("node") / "tree"
    subprocess.run(["cp", "-a", "--reflink=auto", package_tree, tree], check=True)
    yield tree
    shutil.rmtree(tree)


@pytest.fixture(scope="module")
def node(copy: Path, variables: dict[str, Any]) -> Path:
    """The tree after the play; traces of a build are put into it first."""
    (copy / "etc/ssh/ssh_host_rsa_key").write_text("secret")
    (copy / "etc/hostname").write_text("builder\n")
    (copy / "var/log/dpkg.log").write_text("yesterday")
    (copy / "root/.bash_history").write_text("ls")
    (copy / "etc/apt/sources.list.d/mirror.list").write_text("deb [trusted=yes] file:/mirror x y\n")
    (copy / "etc/apt/apt.conf.d/80proxy").write_text("")
    for name in ("root/.ssh/authorized_keys", "root/.ssh/known_hosts", "var/log/own/a"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("x\n")
    done = play(copy, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy


def test_a_second_run_changes_nothing(node: Path, variables: dict[str, Any]) -> None:
    done = play(node, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=0" in done.stdout


def test_programs_are_there_with_fixed_modes(node: Path) -> None:
    paths = [node / "usr/local/bin" / name for name in PROGRAMS]
    paths += [node / "opt/cni/bin" / name for name in ("bridge", "loopback")]
    assert {path.stat().st_mode & 0o7777 for path in paths} == {0o755}
    assert {(path.stat().st_uid, path.stat().st_gid) for path in paths} == {(0, 0)}
    assert inside(node, "kubeadm") == "kubeadm\n"


def test_units_are_enabled_offline(node: Path) -> None:
    units = "containerd kubelet ssh systemd-networkd systemd-resolved systemd-timesyncd"
    units += " krustlet krustlet-join krustlet-join.path"
    said = inside(node, f"SYSTEMD_OFFLINE=1 systemctl is-enabled {units}")
    assert set(said.split()) == {"enabled"}
    timers = "apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer || :"
    said = inside(node, f"SYSTEMD_OFFLINE=1 systemctl is-enabled {timers}")
    assert set(said.split()) == {"disabled"}


def test_units_are_well_formed(node: Path) -> None:
    units = node / "usr/local/lib/systemd/system"
    verified = " ".join(f"/{path.relative_to(node)}" for path in sorted(units.glob("*.service")))
    inside(node, f"SYSTEMD_OFFLINE=1 systemd-analyze verify --man=no {verified}")
    drop_in = (units / "kubelet.service.d/10-kubeadm.conf").read_text()
    assert "ConditionPathExists=/var/lib/kubelet/config.yaml" in drop_in


def test_the_initial_ram_disk_carries_the_drivers_of_qemu_and_vsphere(node: Path) -> None:
    listing = inside(node, "lsinitramfs /boot/initrd.img-*")
    for driver in ("virtio_blk", "virtio_scsi", "ahci", "sd_mod", "vmw_pvscsi", "vmxnet3"):
        assert f"/{driver}.ko" in listing


def test_containerd_knows_the_handlers(node: Path) -> None:
    etc = node / "etc/containerd"
    main = tomllib.loads((etc / "config.toml").read_text())
    drop_in = tomllib.loads((etc / "conf.d/50-wasm.toml").read_text())
    assert main["version"] == drop_in["version"] == 3
    images = main["plugins"]["io.containerd.cri.v1.images"]
    assert images["pinned_images"]["sandbox"] == "registry.k8s.io/pause:3.10.1"
    assert main["plugins"][RUNTIMES]["containerd"]["default_runtime_name"] == "crun"
    runtimes = main["plugins"][RUNTIMES]["containerd"]["runtimes"]
    runtimes |= drop_in["plugins"][RUNTIMES]["containerd"]["runtimes"]
    shims = {name: each for name, each in runtimes.items() if "runc" not in each["runtime_type"]}
    assert {name: each["runtime_type"] for name, each in shims.items()} == {
        "wasmtime": "io.containerd.wasmtime.v1"
    }
    # containerd finds a shim by its type's name.
    assert (node / "usr/local/bin" / SHIM).stat().st_mode & 0o777 == 0o755
    programs = {
        name: runtime["options"]["BinaryName"]
        for name, runtime in runtimes.items()
        if name not in shims
    }
    assert programs == {
        "crun": "/usr/bin/crun",
        "runc": "/usr/bin/crun",
        "wasmedge": "/usr/bin/crun-wasm",
        "wasmedge-mixed": "/usr/bin/crun",
    }
    assert all(runtime["options"]["SystemdCgroup"] for runtime in runtimes.values())
    assert all((node / program.lstrip("/")).exists() for program in programs.values())


def test_containerd_can_confine_containers(node: Path) -> None:
    assert inside(node, "/sbin/apparmor_parser --version").startswith("AppArmor parser version 4")
    # What is included by profiles of the user's is there, profiles of other programs are not.
    there = node / "etc/apparmor.d"
    assert (there / "abstractions/base").is_file()
    assert [path.name for path in there.iterdir() if not path.is_dir()] == []
    assert not list((node / "var/cache/apparmor").rglob("*"))


# How network plugins make their links, under names as they give them: Antrea's and OVN's links of a
# pod, a gateway, a tunnel of Flannel, Cilium or Calico, a bridge.
LINKS = {
    "coredns--30f34c": "link add {} type veth peer name other",
    "0a1b2c3d4e5f678": "link add {} type veth peer name other",
    "cilium_host": "link add {} type veth peer name cilium_net",
    "flannel.1": "link add {} type vxlan id 1 dstport 8472",
    "vxlan.calico": "link add {} type vxlan id 2 dstport 4789",
    "kube-bridge": "link add {} type bridge",
}


@pytest.mark.parametrize("name", LINKS)
def test_udev_keeps_the_addresses_of_links_of_network_plugins(node: Path, name: str) -> None:
    mounts = "mount -t proc none /proc; mount -t sysfs none /sys; mount -t tmpfs none /run"
    made = f"ip {LINKS[name].format(name)}"
    asked = f"udevadm test-builtin net_setup_link /sys/class/net/{name} 2>&1 || :"
    said = inside(node, f"{mounts}; {made} && {asked}")
    assert "ID_NET_LINK_FILE=/etc/systemd/network/70-vessel-pods.link" in said, said


def test_runtime_classes_are_named_like_their_handlers(node: Path) -> None:
    manifest = (node / "etc/vessel/manifests/runtimeclasses.yaml").read_text()
    classes = [document for document in yaml.safe_load_all(manifest) if document]
    handlers = {c["metadata"]["name"]: c["handler"] for c in classes}
    assert handlers.pop("wasm") == "wasmtime", "the default of the spec"
    assert list(handlers) == ["wasmedge", "wasmedge-mixed", "wasmtime"]
    assert all(handler == name for name, handler in handlers.items())
    assert all(c["overhead"]["podFixed"]["memory"].endswith("Mi") for c in classes)
    labels = [next(iter(c["scheduling"]["nodeSelector"])) for c in classes]
    assert labels == [*["vessel.dev/wasm-wasmedge"] * 2, *["vessel.dev/wasm-wasmtime"] * 2]
    said = inside(node, '. /etc/vessel/kubelet.env; echo "$VESSEL_KUBELET_ARGS"')
    assert said == f"--node-labels={labels[0]}=true,{labels[2]}=true\n"


def test_sealing_leaves_alone_what_a_spec_brings(node: Path) -> None:
    assert [path.name for path in (node / "root/.ssh").iterdir()] == ["authorized_keys"]
    assert (node / "var/log/own/a").read_text() == "x\n"


def test_cloud_init_reads_its_settings(node: Path) -> None:
    program = "from cloudinit.util import read_conf_with_confd as r; import json; "
    program += 'print(json.dumps(r(\\"/etc/cloud/cloud.cfg\\")))'
    settings = json.loads(inside(node, f'python3 -B -c "{program}"'))
    assert settings["users"] == []
    assert settings["datasource_list"] == ["NoCloud", "VMware", "ConfigDrive", "None"]
    assert settings["ssh_pwauth"] is False
    assert settings["system_info"]["distro"] == "debian"
    assert settings["system_info"]["network"]["renderers"] == ["netplan"]


def test_ssh_takes_keys_only(node: Path) -> None:
    key = "ssh-keygen -q -t ed25519 -N '' -f /run/key"
    sandboxed = f"mount -t tmpfs none /run && mkdir /run/sshd && {key} && sshd -T -h /run/key"
    settings = inside(node, f"mount -t tmpfs none /dev && mknod /dev/null c 1 3 && {sandboxed}")
    assert "passwordauthentication no" in settings
    assert "permitrootlogin without-password" in settings


def test_the_release_file_survives_a_shell(node: Path) -> None:
    said = inside(node, '. /etc/vessel/release; echo "$IMAGE|$KUBERNETES|$SOURCE_DATE_EPOCH"')
    assert said == f'debian-13-amd64-v1.36.3-"$odd"|1.36.3|{EPOCH}\n'


def test_nothing_of_the_build_or_of_one_machine_is_left(node: Path) -> None:
    assert (node / "etc/machine-id").read_bytes() == b""
    assert not list(node.glob("etc/ssh/ssh_host_*"))
    logs = [path for path in (node / "var/log").rglob("*") if not path.is_dir()]
    assert logs == [node / "var/log/own/a"]  # which the spec brought
    for name in ("etc/hostname", "etc/passwd-", "root/.bash_history", "root/.ansible"):
        assert not (node / name).exists()
    assert (node / "etc/resolv.conf").readlink().name == "stub-resolv.conf"
    sources = [path.name for path in (node / "etc/apt/sources.list.d").iterdir()]
    assert sources == ["vessel.sources"]
    assert not (node / "etc/apt/apt.conf.d/80proxy").exists()
    text = (node / "etc/apt/sources.list.d/vessel.sources").read_text()
    assert all(line.startswith("#") for line in text.splitlines())
    passwords = [line.split(":")[1] for line in (node / "etc/shadow").read_text().splitlines()]
    assert all(password.startswith(("!", "*")) for password in passwords)


def test_a_crun_without_its_engine_is_refused(
    copy: Path, node: Path, variables: dict[str, Any]
) -> None:
    hidden = copy.parent / "hidden"
    hidden.mkdir()
    libraries = list(copy.glob("usr/lib/*/libwasmedge.so*"))
    for library in libraries:
        library.rename(hidden / library.name)
    try:
        inside(copy, "ldconfig")
        done = play(copy, variables)
    finally:
        for library in libraries:
            (hidden / library.name).rename(library)
        inside(copy, "ldconfig")
    assert done.returncode != 0
    assert "VES-541" in done.stdout
    assert "Install the package libwasmedge0" in done.stdout


def test_an_account_with_a_password_is_refused(node: Path, variables: dict[str, Any]) -> None:
    shadow = node / "etc/shadow"
    before = shadow.read_text()
    shadow.write_text(before + "user:$y$j9T$abc$def:20000:0:99999:7:::\n")
    try:
        done = play(node, variables)
    finally:
        shadow.write_text(before)
    assert done.returncode != 0
    assert "VES-542" in done.stdout
    assert "these accounts have a password: user." in done.stdout
