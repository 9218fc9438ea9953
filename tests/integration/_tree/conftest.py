"""A lock of the real archive and its packages in the user's own store, once for this folder."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian, packages
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
    fetch_debs([*lock["node"], *lock["tools"]], store, mirrors=mirrors)
    return lock
