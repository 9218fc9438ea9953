"""Who else writes a path: a table of what users bring, with what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._spec.writers import other_writer

HEAD = 'schema: 1\nname: n\nkubernetes: {version: "1.36.3"}\ncustomize:\n'

# The spec's value wins: sealing leaves it alone, or it replaces a package's or a role's.
WINS = """
/etc/motd /etc/hosts /etc/hostname /etc/resolv.conf /etc/localtime /etc/environment /etc/own.bak
/etc/.own.bak /etc/passwd- /etc/apt/apt.conf.d/95proxy /etc/apt/apt.conf.d/99mmdebstrap
/etc/apt/auth.conf.d/own.conf /etc/apt/sources.list.d/own.list /etc/apt/sources.list.d/own.sources
/etc/apt/preferences.d/pin /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/cloud/cloud.cfg.d/95_vessel.cfg
/etc/cloud/ds-identify.cfg /etc/containerd/config.toml /etc/containerd/certs.d/a.example/hosts.toml
/etc/sysctl.d/90-vessel.conf /etc/ssh/sshd_config.d/10-own.conf /etc/ssh/sshd_config
/etc/vessel/kubelet.env /etc/vessel/krustlet.env /etc/initramfs-tools/modules /etc/runtime
/etc/modprobe.d/own.conf /usr/local/bin/kubelet /usr/lib/systemd/system/x.service /tmpfiles /runner
/home/app/.bash_history /home/app/.ssh/authorized_keys /root/.bash_history /root/.cache
/root/.ssh/authorized_keys /root/.ansible/x /root/.wget-hsts /var/backups/x /var/cache/apt/x
/var/cache/debconf/x-old /var/lib/cloud/seed/nocloud/user-data
/var/lib/cloud/scripts/per-boot/own.sh /var/lib/cloud/handlers/own.py /var/lib/apt/lists/x
/var/lib/dhcpcd/x /var/log/own/app.log /var/crash/x /var/lib/systemd/coredump/x /var/tmp/x
/var/lib/kubelet/config.yaml /var/lib/etcd/x /var/spool/cron/crontabs/root /srv/run/x /opt/tmp/x
/boot/own /etc/netplan/10-own.yaml /etc/systemd/network/10-own.network /devices /procedures
""".split()  # noqa: SIM905 - as a table
WRITTEN = """
/etc/fstab /etc/apt/sources.list /etc/apt/sources.list.d/vessel.sources /etc/machine-id
/etc/vessel/release /etc/.updated /var/.updated /boot/grub/grub.cfg /etc/default/grub
/etc/default/grub.d/own.cfg /etc/grub.d/40_custom /etc/kernel/cmdline /var/lib/containerd/x
/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db /etc/vessel/preloaded-images.txt
/etc/default/locale /etc/netplan/50-cloud-init.yaml /etc/ssh/sshd_config.d/50-cloud-init.conf
""".split()  # noqa: SIM905
REFUSED = """
/run /run/x /run/systemd/network/x.network /var/run/x /var/lock/x /run/lock/x /tmp /tmp/a/b
/dev/shm/x /dev/x /proc/x /proc/sys/vm/x /sys/x /etc/ssh/ssh_host_rsa_key
/etc/ssh/ssh_host_ed25519_key.pub /var/lib/dbus/machine-id /var/lib/systemd/random-seed
/var/lib/systemd/credential.secret /var/lib/cloud/instance/x /var/lib/cloud/instances/i/x
/var/lib/cloud/sem/x /var/lib/cloud/data/instance-id
""".split()  # noqa: SIM905


@pytest.mark.parametrize("path", WINS)
def test_the_specs_value_wins(path: str) -> None:
    assert other_writer(path) is None


@pytest.mark.parametrize("path", WRITTEN)
def test_vessel_or_cloud_init_writes_it(path: str) -> None:
    other = other_writer(path)
    assert other and other.code == "VES-215" and other.hint.endswith(".")


@pytest.mark.parametrize("path", REFUSED)
def test_it_is_one_machines_or_a_running_ones(path: str) -> None:
    other = other_writer(path)
    assert other and other.code == "VES-216" and other.hint.endswith(".")


def test_whatever_sealing_lays_down_is_known(root: Path) -> None:
    overlay = root / "roles/seal/templates/rootfs"
    files = [path for path in overlay.rglob("*") if path.is_file()]
    assert len(files) > 4
    for path in files:
        assert other_writer(f"/{path.relative_to(overlay)}".removesuffix(".j2"))


def test_a_locale_file_stays_where_cloud_init_is_told_to_leave_it() -> None:
    assert other_writer("/etc/default/locale", {"locale": False}) is None
    assert other_writer("/etc/default/locale", {"locale": "C"}) is not None


def codes(directory: Path, text: str) -> list[str]:
    """Line and code of each problem of a `customize`."""
    (directory / "spec.yml").write_text(HEAD + text)
    try:
        load_spec(directory / "spec.yml")
    except VesselError as error:
        return [
            f"{each.position.line if each.position else 0} {each.code}" for each in error.problems
        ]
    return []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  files:\n    - {path: /opt/x, source: tree}\n    - {path: /opt/x/a/b, content: y}\n",
         ["7 VES-214"]),
        ("  files:\n    - {path: /opt/x, source: tree}\n    - {path: /opt/x/a, content: y}\n",
         ["7 VES-214"]),
        ("  files:\n    - {path: /opt/x, source: tree}\n    - {path: /opt/x/link/c, content: y}\n",
         ["6 VES-214"]),
        ("  files:\n    - {path: /opt/x, source: tree}\n    - {path: /opt/x/c, content: y}\n", []),
        ("  files:\n    - {path: /opt/x, source: tree}\n    - {path: /opt/x/a, source: more}\n",
         []),
        ("  files:\n    - {path: /opt/x, source: tree}\n  directories:\n    - {path: /opt/x/a}\n",
         []),
        ("  files:\n    - {path: /, source: tree}\n", ["6 VES-210"]),
        ("  files:\n    - {path: /var, source: run}\n", ["6 VES-216"]),
        ("  directories:\n    - {path: /var/run/own}\n    - {path: /tmp}\n",
         ["6 VES-216", "7 VES-216"]),
        ("  files:\n    - {path: /usr/local/share/ca-certificates/tree-b.crt, content: x}\n"
         "  certificates: [tree/b.pem]\n", ["7 VES-213", "7 VES-214"]),
        ("  hosts: {192.0.2.1: [a]}\n  files:\n    - {path: /etc/hosts, content: x}\n",
         ["7 VES-214"]),
        ("  files:\n    - {path: /etc/systemd/system/kubelet.service.d/95-customize.conf, "
         "content: x}\n  proxy: {http: 'http://a.example'}\n", ["7 VES-214"]),
        ("  cloud_init: {locale: false}\n  files:\n    - {path: /etc/default/locale, content: x}\n",
         []),
        ("  cloud_init: {manage_etc_hosts: localhost}\n  hosts: {192.0.2.1: [a]}\n", []),
        ("  cloud_init: {manage_etc_hosts: 'Yes'}\n  hosts: {192.0.2.1: [a]}\n", ["6 VES-214"]),
        ("  files:\n    - {path: /etc/hostname, content: x}\n  cloud_init: {hostname: y}\n",
         ["7 VES-214"]),
        ("  files:\n    - {path: /etc/localtime, content: x}\n  cloud_init: {timezone: UTC}\n",
         ["7 VES-214"]),
        ("  files:\n    - {path: /etc/a, content: x}\n  cloud_init:\n    write_files:\n"
         "      - {path: /etc/a, content: y}\n      - {path: /run/b, content: y}\n",
         ["9 VES-214"]),
        ("  files:\n    - {path: /etc/a, content: x}\n  cloud_init:\n    write_files:\n"
         "      - {path: /etc/a, content: y, append: true}\n", []),
        ("  files: nothing\n  directories: {}\n  proxy: 1\n  units: []\n  cloud_init: []\n",
         [f"{line} VES-209" for line in range(5, 10)]),
    ],
)  # fmt: skip
def test_a_spec_against_itself(tmp_path: Path, text: str, expected: list[str]) -> None:
    (tmp_path / "tree/a").mkdir(parents=True)
    (tmp_path / "tree/a/b").write_text("")
    (tmp_path / "tree/link").symlink_to("a")
    (tmp_path / "more").mkdir()
    (tmp_path / "more/d").write_text("")
    (tmp_path / "run/run").mkdir(parents=True)
    (tmp_path / "run/run/x").write_text("")
    assert codes(tmp_path, text) == expected
