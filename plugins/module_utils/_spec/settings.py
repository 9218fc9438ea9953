"""The files that Vessel writes from values of a spec's `customize`, by their paths in the machine.

_tree/customize.py writes them, brought.py compares them with all other paths of a spec.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

CERTIFICATES = "/usr/local/share/ca-certificates"
KEYRINGS = "/etc/apt/keyrings"
UNITS = "/etc/systemd/system"
HOSTS = "/etc/hosts"
ENVIRONMENT = "/etc/environment"
NAME = "95-customize"
# Of all files in this directory the last name wins: after Vessel's own 95_vessel.cfg.
CLOUD_INIT = "/etc/cloud/cloud.cfg.d/99-customize.cfg"
# The same; procps has a 99-protect-links.conf.
SYSCTLS = "/etc/sysctl.d/99-vessel-customize.conf"
MODULES = f"/etc/modules-load.d/{NAME}.conf"
TIME_SERVERS = f"/etc/systemd/timesyncd.conf.d/{NAME}.conf"
# Before 90cloud-init-aptproxy, so that a machine's user data wins.
APT_PROXY = "/etc/apt/apt.conf.d/80-customize"
# Services that speak to the world outside; those of Krustlet are there where it is.
PROXIED = ("containerd", "kubelet", "krustlet", "krustlet-join")


def proxy_unit(service: str) -> str:
    """The drop-in that tells a service of the proxy."""
    return f"{UNITS}/{service}.service.d/{NAME}.conf"


SETTINGS: Mapping[str, tuple[str, ...]] = {
    "sysctls": (SYSCTLS,),
    "kernel_modules": (MODULES,),
    "hosts": (HOSTS,),
    "cloud_init": (CLOUD_INIT,),
    "time_servers": (TIME_SERVERS,),
    "proxy": (ENVIRONMENT, APT_PROXY, *map(proxy_unit, PROXIED)),
}


def certificate_paths(names: Sequence[str]) -> dict[str, str]:
    """Where each certificate of the spec lies in the machine, so that no two are in one place.

    update-ca-certificates(8) reads files that end in `.crt` only, and makes other names of those
    with blanks, brackets and commas.
    """
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", name.replace("/", "-"))
        stem = plain.rpartition(".")[0] or plain
        choices = [f"{CERTIFICATES}/{stem}{n}.crt" for n in ("", *(f"-{k}" for k in range(2, 999)))]
        found[name] = next(path for path in choices if path not in found.values())
    return found
