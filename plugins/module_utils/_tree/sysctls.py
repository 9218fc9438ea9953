"""Kernel parameters that are there only once a module is loaded.

systemd-sysctl(8) sets parameters right after systemd-modules-load(8), and passes over one that is
not there. Parameters of network devices are set again as each device appears, by udev; the others
are not. So what has to be loaded first is loaded by name. What a kernel has built in is passed over
there, too.
Source: Documentation/networking and Documentation/admin-guide/sysctl of Linux 6.12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# The beginning of a parameter's name -> the module that brings it.
MODULES = {
    "dev.cdrom": "cdrom",
    "dev.raid": "md_mod",
    "fs.nfs": "nfs",
    "fs.nfs.nlm_": "lockd",
    "fs.nfs.nsm_": "lockd",
    "fs.xfs": "xfs",
    "net.bridge": "br_netfilter",
    "net.dccp": "dccp",
    "net.ipv4.vs": "ip_vs",
    "net.iw_cm": "iw_cm",
    "net.mpls": "mpls_router",
    "net.netfilter.nf_conntrack_": "nf_conntrack",
    "net.netfilter.nf_flowtable_": "nf_conntrack",
    "net.nf_conntrack_max": "nf_conntrack",
    "net.rds": "rds",
    "net.rdma_ucm": "rdma_ucm",
    "net.sctp": "sctp",
    "net.smc": "smc",
    "net.tipc": "tipc",
    "net.vrf": "vrf",
    "sunrpc": "sunrpc",
}


def modules_for(parameters: Iterable[str]) -> list[str]:
    """The modules that bring these parameters, sorted; none for those of the kernel itself.

    Names are as sysctl.d(5) has them: with dots, or with slashes where a step has dots in it.
    """
    return sorted({module for name in parameters for module in _module(name)})


def _module(name: str) -> list[str]:
    plain = ".".join(re.split("[./]", name))
    found = [start for start in MODULES if plain == start or plain.startswith(_steps(start))]
    return [MODULES[max(found, key=len)]] if found else []


def _steps(start: str) -> str:
    """What a name begins with: whole steps, unless the last one is left open by an underscore."""
    return start if start.endswith("_") else f"{start}."
