"""A node with chrony in place of systemd-timesyncd: its package in a copy of a real package tree,
the role base applied in the sandbox; no image and no boot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import deb_blobs
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs
from role_play import SANDBOX, apply_role

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a tree is entered as root")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, package_tree: Path) -> Iterator[Path]:
    """A tree with chrony and without what it excludes."""
    tree = tmp_path_factory.mktemp("time") / "tree"
    subprocess.run(["cp", "-a", "--reflink=auto", package_tree, tree], check=True)
    store = Store(cache_root() / "store")
    with debian.private_apt(debian.host_mirrors(), ["amd64"], DEBIAN, "trixie") as apt:
        has = inside(tree, "dpkg-query -W -f '${Package} '").split()
        lacking = [each for each in apt.closure(["chrony"]) if each["name"] not in has]
    fetch_debs(deb_blobs(lacking).values(), store)
    for each in lacking:
        shutil.copy(str(store.path(each["sha256"])), tree / "tmp" / f"{each['name']}.deb")
    inside(tree, "dpkg --force-depends --purge systemd-timesyncd && dpkg -i /tmp/*.deb")
    yield tree
    shutil.rmtree(tree)


def inside(tree: Path, command: str) -> str:
    done = subprocess.run(
        [*SANDBOX, "chroot", tree, "/bin/sh", "-c", command],
        env={
            "PATH": "/usr/sbin:/usr/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        (["time.example.com", "2001:db8::1"],
         ["server 2001:db8::1 iburst", "server time.example.com iburst"]),
        ([], ["pool 2.debian.pool.ntp.org iburst"]),
    ],
)  # fmt: skip
def test_chrony_keeps_the_clock(tree: Path, servers: list[str], said: list[str]) -> None:
    variables = {"base_source_date_epoch": 1763900000, "base_time_unit": "chrony.service",
                 "base_time_servers": servers}  # fmt: skip
    done = apply_role("base", tree, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert inside(tree, "SYSTEMD_OFFLINE=1 systemctl is-enabled chrony.service") == "enabled\n"
    # All that chrony reads, as it has understood it.
    lines = inside(tree, "cat /etc/chrony/sources.d/*.sources").splitlines()
    assert sorted(lines) == said
    told = inside(tree, "chronyd -p -f /etc/chrony/chrony.conf")
    assert "sourcedir /etc/chrony/sources.d" in told
    assert "pool" not in told
