"""The part of the schema that says which virtual machine an image asks for: `machine`.

Every format that describes a machine reads it. Texts may hold whatever XML may.
"""

from __future__ import annotations

import re
from typing import Any

from .._kinds.controllers import CONTROLLERS
from .._kinds.controllers import DEFAULT as DEFAULT_CONTROLLER
from .rules import (
    Matches,
    by_name,
    choice,
    is_xml,
    number,
    planned,
    section,
    several,
    text,
)

# Of ESXi 6.5 to 9.0; there is no 16.
HARDWARE = [13, 14, 15, 17, 18, 19, 20, 21, 22]
DEFAULT_HARDWARE = 21
FIRMWARES = ["efi", "bios"]
MOST_DISKS = min(len(each.addresses) for each in CONTROLLERS.values()) - 1
MOST_NETWORKS = 10
LABELS = "vmservice.vmi.labels"  # the extra configuration that `labels` become

# vCenter takes no longer key of a property.
_PROPERTY = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,61}"
_EXTRA = r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,254}"
_NAME = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
# Names of labels as Kubernetes has them, with the domain that they may begin with.
_LABEL = rf"(?=.{{1,253}}$)([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?{_NAME}"
_NETWORK = r"[^\x00-\x1f/\\%]{1,80}"

_MIB_PER_GIB = 1024


def _is_property(key: str) -> bool:
    return re.fullmatch(_PROPERTY, key) is not None


def _why_no_property(key: str) -> str:
    if len(key) > 62 and _is_property(key[:62]):
        return f"has {len(key)} characters, and vCenter takes 62"
    return "is not of letters, digits, dots, hyphens and underscores"


def _xml(about: str, example: str) -> dict[str, Any]:
    return text(about, "text without control characters but tab and line feed", is_xml, example)


MACHINE = section(
    "The virtual machine that the image asks for: of those outputs that describe"
    " one.",
    {
        "processors": number("Virtual processors.", 1, 768, default=2),
        "memory": number("Memory in MiB, a multiple of 4.", 512, 24 << 20, step=4, default=4096),
        "hardware_version": choice(
            "The version of VMware's virtual hardware: 15 is vSphere 6.7 U2, 17 is 7.0, 20 is 8.0,"
            " 21 is 8.0 U2, 22 is 9.0.",
            HARDWARE,
            [],
            default=DEFAULT_HARDWARE,
        ),
        "firmware": choice("What starts the disk, which has both.", FIRMWARES, [], default="efi"),
        "secure_boot": {
            "check_with": planned,
            "nullable": True,
            "meta": {"about": "Whether the firmware checks signatures. Not available in this"
                     " version."},
        },
        "disk_controller": choice(
            "What the disks hang on: VMware's paravirtual SCSI, NVMe, or SATA.",
            list(CONTROLLERS),
            [],
            default=DEFAULT_CONTROLLER,
        ),
        "disks": several(
            f"Empty disks beside that of the image, {MOST_DISKS} at most.",
            section(
                "",
                {"size": number("In GiB.", 1, 62 * _MIB_PER_GIB, required=True)},
            ),
            "[{size: 20}]",
            repeat=True,
        ),
        "networks": several(
            "A network adapter (vmxnet3) for each, by the name of the network that an import maps"
            f" to one of its own. {MOST_NETWORKS} at most.",
            text("", "1 to 80 characters without slashes and percent signs", Matches(_NETWORK),
                 "nic0"),
            repeat=True,
            default=["nic0"],
        ),
        "guest": text(
            "vSphere's name of the operating system; by default that of the distribution that the"
            " hardware version knows.",
            "such a name",
            Matches(r"[A-Za-z][A-Za-z0-9_]{0,60}Guest"),
            "other5xLinux64Guest",
        ),
        "annotation": _xml("What people read beside the machine; by default what the image is.",
                           "Nodes of team A"),
        "labels": by_name(
            "Labels of the VirtualMachineImage that a Supervisor makes of an OVA; those of the"
            " engines come with them.",
            text("", "a label's name", Matches(_LABEL), "example.com/team"),
            text("", "a label's value", Matches(rf"({_NAME})?"), "a"),
            "{example.com/team: a}",
        ),
        "extra_configuration": by_name(
            "Settings of the machine (`ExtraConfig`), by their keys.",
            text("", "a key of letters, digits, dots, colons, slashes, hyphens and underscores",
                 Matches(_EXTRA), "guestinfo.role"),
            _xml("", "worker"),
            "{guestinfo.role: worker}",
        ),
        "product": section(
            "What an OVA says of its product.",
            {
                "name": _xml("By default what the image is.", "My nodes"),
                "vendor": _xml("Who made it.", "Example Inc."),
                "version": _xml(
                    "Its version, and the property `VERSION`, by which Tanzu finds an image of its"
                    " release; by default that of Kubernetes.",
                    '"v1.36.3+example.1"',
                ),
                "properties": several(
                    "vApp properties. One of a key that Vessel sets replaces that.",
                    section(
                        "",
                        {
                            "key": text("At most 62 characters.", "", _is_property,
                                        "example.com.tier", why=_why_no_property, required=True),
                            "value": {**_xml("Its value.", "gold"), "required": True},
                        },
                    ),
                    "[{key: example.com.tier, value: gold}]",
                    repeat=True,
                ),
            },
            default={},
        ),
    },
    default={},
)  # fmt: skip
