"""The CNI project's plugins. They follow nothing in the spec: one release, moved with Vessel."""

from __future__ import annotations

from ..program import GoModule

_MAIN = "bridge dummy host-device ipvlan loopback macvlan ptp tap vlan"
KIND = GoModule(
    module="github.com/containernetworking/plugins",
    version="v1.9.1",
    packages=(
        *(f"./plugins/ipam/{name}" for name in ("dhcp", "host-local", "static")),
        *(f"./plugins/main/{name}" for name in _MAIN.split()),
        *(
            f"./plugins/meta/{name}"
            for name in ("bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf")
        ),
    ),
    stamps={
        "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "{version}"
    },
)
