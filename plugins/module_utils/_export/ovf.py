"""The descriptor of an OVA.

Format: DMTF DSP0243, Open Virtualization Format 1.1, with VMware's extensions. What items a
Supervisor takes is in govmomi's `ovf.Envelope.ToConfigSpec`: a controller stands before what hangs
on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from .._kinds.controllers import CONTROLLERS
from .vmdk import Extent

OVF = "http://schemas.dmtf.org/ovf/envelope/1"
_CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2"
RASD = f"{_CIM}/CIM_ResourceAllocationSettingData"
VSSD = f"{_CIM}/CIM_VirtualSystemSettingData"
VMW = "http://www.vmware.com/schema/ovf"
STREAM = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"
MIB = 1 << 20

# CIM's numbers of resource types.
OTHER, PROCESSOR, MEMORY, IDE, ETHERNET, CD, DISK, VIDEO = 1, 3, 4, 5, 10, 15, 17, 24
FIRST_CARD = 7  # the address that VMware gives to the first network adapter
SETTINGS = {
    "bootOptions.efiSecureBootEnabled": "false",
    "cpuHotAddEnabled": "false",
    "memoryHotAddEnabled": "false",
    "nestedHVEnabled": "false",
    "powerOpInfo.powerOffType": "soft",
    "powerOpInfo.resetType": "soft",
    "powerOpInfo.suspendType": "hard",
    "tools.afterPowerOn": "true",
    "tools.afterResume": "true",
    "tools.beforeGuestShutdown": "true",
    "tools.beforeGuestStandby": "true",
    "tools.syncTimeWithHost": "false",
    "tools.toolsUpgradePolicy": "manual",
}

for _prefix, _namespace in {"ovf": OVF, "rasd": RASD, "vssd": VSSD, "vmw": VMW}.items():
    register_namespace(_prefix, _namespace)


def descriptor(
    name: str, disk: str, size: int, extent: Extent, machine: Mapping[str, Any]
) -> bytes:
    """The text of the descriptor of the virtual system `name`.

    `disk` is the name of the VMDK beside it, of `size` bytes; `machine` see `_export/machine.py`.
    """
    # Elements without a prefix, attributes with one, as everybody else writes it: readers are not
    # all XML parsers.
    root = Element("Envelope", {"xmlns": OVF})
    references = SubElement(root, "References")
    SubElement(references, "File", _ovf(id="file1", href=disk, size=str(size)))
    _disks(root, extent, machine["disks"])
    networks = _section(root, "NetworkSection", "Networks")
    for network in dict.fromkeys(machine["networks"]):
        SubElement(networks, "Network", _ovf(name=network))
    system = _section(root, "VirtualSystem", "A virtual machine", _ovf(id=name))
    SubElement(system, "Name").text = name
    annotation = _section(system, "AnnotationSection", "What it is")
    SubElement(annotation, "Annotation").text = machine["annotation"]
    kind = {**_ovf(id=str(machine["cim"]), version=machine["release"]),
            f"{{{VMW}}}osType": machine["guest"]}  # fmt: skip
    _section(system, "OperatingSystemSection", "The operating system", kind)
    _hardware(system, name, machine)
    _product(system, machine["product"])
    indent(root)
    text: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _disks(root: Element, extent: Extent, more: Sequence[int]) -> None:
    disks = _section(root, "DiskSection", "Virtual disks")
    unit, capacity = ("byte * 2^20", extent.capacity // MIB)
    if extent.capacity % MIB:
        unit, capacity = "byte", extent.capacity
    first = {"fileRef": "file1", "populatedSize": str(extent.populated)}
    SubElement(disks, "Disk", _ovf(**_disk(1, unit, capacity), **first))
    for number, gib in enumerate(more, 2):
        SubElement(disks, "Disk", _ovf(**_disk(number, "byte * 2^30", gib)))


def _disk(number: int, unit: str, capacity: int) -> dict[str, str]:
    size = {"capacity": str(capacity), "capacityAllocationUnits": unit}
    return {"diskId": f"vmdisk{number}", **size, "format": STREAM}


def _hardware(system: Element, name: str, machine: Mapping[str, Any]) -> None:
    section = _section(system, "VirtualHardwareSection", "Virtual hardware")
    about = SubElement(section, "System")
    for key, value in (
        ("ElementName", "Virtual Hardware Family"),
        ("InstanceID", "0"),
        ("VirtualSystemIdentifier", name),
        ("VirtualSystemType", f"vmx-{machine['hardware_version']}"),
    ):
        SubElement(about, f"{{{VSSD}}}{key}").text = value
    items = _Items(section)
    processors, memory = machine["processors"], machine["memory"]
    items.add(PROCESSOR, f"{processors} virtual CPU(s)", AllocationUnits="hertz * 10^6",
              VirtualQuantity=processors)  # fmt: skip
    items.add(MEMORY, f"{memory} MB of memory", AllocationUnits="byte * 2^20",
              VirtualQuantity=memory)  # fmt: skip
    kind = CONTROLLERS[machine["disk_controller"]]
    controller = items.add(kind.kind, kind.title, Address=0, ResourceSubType=kind.subtype)
    ide = [items.add(IDE, f"IDE {number}", Address=number) for number in (0, 1)]
    items.add(VIDEO, "Video card", AutomaticAllocation="false")
    items.add(OTHER, "VMCI device", AutomaticAllocation="false", ResourceSubType="vmware.vmci")
    items.add(CD, "CD/DVD drive 1", AddressOnParent=0, AutomaticAllocation="false", Parent=ide[0],
              ResourceSubType="vmware.cdrom.remotepassthrough")  # fmt: skip
    for number, address in zip(range(1, 2 + len(machine["disks"])), kind.addresses, strict=False):
        items.add(DISK, f"Hard disk {number}", AddressOnParent=address,
                  HostResource=f"ovf:/disk/vmdisk{number}", Parent=controller)  # fmt: skip
    for number, network in enumerate(machine["networks"]):
        items.add(ETHERNET, f"Network adapter {number + 1}", AddressOnParent=FIRST_CARD + number,
                  AutomaticAllocation="true", Connection=network,
                  ResourceSubType="VmxNet3")  # fmt: skip
    for key, value in sorted({"firmware": machine["firmware"], **SETTINGS}.items()):
        _setting(section, "Config", key, value)
    for key, value in sorted(machine["extra_configuration"].items()):
        _setting(section, "ExtraConfig", key, value)


class _Items:
    """The items of a hardware section, numbered from 1."""

    def __init__(self, section: Element) -> None:
        self._section, self._number = section, 0

    def add(self, kind: int, title: str, **more: Any) -> int:
        """Add one; returns its number."""
        self._number += 1
        own = {"ElementName": title, "InstanceID": self._number, "ResourceType": kind, **more}
        required = {} if kind not in (VIDEO, OTHER, CD) else _ovf(required="false")
        item = SubElement(self._section, "Item", required)
        for key in sorted(own):  # the order that the schema wants
            SubElement(item, f"{{{RASD}}}{key}").text = str(own[key])
        return self._number


def _product(system: Element, product: Mapping[str, Any]) -> None:
    section = _section(system, "ProductSection", "Product")
    texts = (
        ("Product", product["name"]),
        ("Vendor", product["vendor"]),
        ("Version", product["version"]),
        ("FullVersion", product["version"]),
        ("Category", product["category"]),
    )
    for key, value in texts:
        if value:
            SubElement(section, key).text = value
    for key, value in sorted(product["properties"].items()):
        fixed = {"type": "string", "userConfigurable": "false"}
        SubElement(section, "Property", _ovf(key=key, value=value, **fixed))


def _section(
    parent: Element, name: str, info: str, attributes: Mapping[str, str] | None = None
) -> Element:
    section = SubElement(parent, name, dict(attributes or {}))
    SubElement(section, "Info").text = info
    return section


def _setting(section: Element, kind: str, key: str, value: str) -> None:
    words = {f"{{{VMW}}}key": key, f"{{{VMW}}}value": value}
    SubElement(section, f"{{{VMW}}}{kind}", {**_ovf(required="false"), **words})


def _ovf(**attributes: str) -> dict[str, str]:
    return {f"{{{OVF}}}{key}": value for key, value in attributes.items()}
