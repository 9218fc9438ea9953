"""A lock of the real archive and its packages in the user's own store, once for this folder; and a
tree that holds hardly anything."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian, packages
from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import deb_blobs
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs

# What makes an installation leave traces: host keys, resolv.conf, an initial RAM disk, users.
NODE = (
    "systemd-sysv",
    "systemd-resolved",
    "dbus",
    "openssh-server",
    "initramfs-tools",
    "linux-image-cloud-amd64",
    "python3",
)


@pytest.fixture(scope="session")
def store() -> Store:
    return Store(cache_root() / "store")


@pytest.fixture(scope="session")
def debian_lock(store: Store) -> dict[str, Any]:
    mirrors = debian.host_mirrors()
    lock = debian.resolve(
        NODE, packages.tools_packages(DEBIAN, ARCHITECTURES["amd64"]), mirrors=mirrors
    )
    fetch_debs(deb_blobs([*lock["node"], *lock["tools"]]).values(), store, mirrors=mirrors)
    return lock


@pytest.fixture
def small_tree(tmp_path: Path) -> Path:
    """A shell, `cat` and a few more, with what they link to. No Python: `raw` works in it."""
    place = tmp_path / "a tree"
    for name in ("bin", "etc", "proc", "sys", "dev", "run", "tmp", "root"):
        (place / name).mkdir(parents=True)
    for name in ("sh", "cat", "env", "ls", "mkdir", "chmod", "rm", "sleep"):
        copy_program(shutil.which(name) or "", place)
    (place / "link").symlink_to("/etc/through-the-link")
    return place


def copy_program(program: str, tree: Path) -> None:
    shutil.copy(program, tree / "bin" / Path(program).name)
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for word in listed.split():
        if word.startswith("/"):
            (tree / word[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, tree / word[1:])
