"""An OVA of ours, opened by a reader that knows nothing of its writer."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export import vmdk
from ansible_collections.vessel.image.plugins.module_utils._export.formats import FORMATS, ova
from ansible_collections.vessel.image.plugins.module_utils._kinds.controllers import CONTROLLERS
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import FILE, INPUT
from unit._export.ova_reader import Ova, read_ova
from unit._export.test_machine import HOSTILE, described
from unit.stages import work

GRAIN = 1 << 16
SIZE = 40 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """The directory with a VMDK."""
    (tmp_path / "vmdk").mkdir()
    raw = tmp_path / "disk.raw"
    with raw.open("wb") as file:
        file.write(b"boot")
        file.seek(33 << 20)
        file.write(b"data" * GRAIN)
        file.truncate(SIZE)
    target = tmp_path / "vmdk/own-amd64.vmdk"
    vmdk.write(raw, target, compress=zlib.compress, identity="1" * 64, hardware=21)
    return target.parent


def written(disk: Path, place: Path, machine: dict[str, Any]) -> Path:
    options = {
        "of": {INPUT: "vmdk", FILE: "own-amd64.vmdk"},
        "file": "own-amd64.ova",
        "machine": machine,
        "epoch": 1_795_252_544,
    }
    FORMATS["ova"].kind.make(work(place, options, {"vmdk": disk}))
    [made] = place.iterdir()
    return made


def opened(disk: Path, directory: Path, text: str = "{}") -> Ova:
    """The OVA of a spec with this section `machine`."""
    return read_ova(written(disk, directory / "made", described(directory, text)))


def test_its_files(disk: Path, tmp_path: Path) -> None:
    found = opened(disk, tmp_path)
    vmdk_ = disk / "own-amd64.vmdk"
    assert found.members["own-amd64.vmdk"] == vmdk_.read_bytes()
    with tarfile.open(tmp_path / "made/own-amd64.ova") as archive:
        assert {each.mtime for each in archive} == {1_795_252_544}


def test_the_same_bytes_each_time(disk: Path, tmp_path: Path) -> None:
    said = described(tmp_path)
    made = [written(disk, tmp_path / name, said).read_bytes() for name in ("a", "b")]
    assert made[0] == made[1]


def test_its_disk(disk: Path, tmp_path: Path) -> None:
    [found] = opened(disk, tmp_path).attributes("ovf:DiskSection/ovf:Disk")
    assert found == {
        "diskId": "vmdisk1",
        "fileRef": "file1",
        "capacity": "40",
        "capacityAllocationUnits": "byte * 2^20",
        "populatedSize": str((1 + 4) * GRAIN),
        "format": "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized",
    }


def test_the_machine_of_the_shortest_spec(disk: Path, tmp_path: Path) -> None:
    found = opened(disk, tmp_path)
    system = "ovf:VirtualSystem/"
    hardware = f"{system}ovf:VirtualHardwareSection/"
    assert found.texts(f"{system}ovf:Name") == ["own-amd64"]
    assert found.texts(f"{hardware}ovf:System/vssd:VirtualSystemType") == ["vmx-21"]
    [kind] = found.attributes(f"{system}ovf:OperatingSystemSection")
    assert kind == {"id": "96", "version": "13", "osType": "debian12_64Guest"}
    settings = found.pairs(f"{hardware}vmw:Config")
    assert settings["firmware"] == "efi"
    assert settings["bootOptions.efiSecureBootEnabled"] == "false"
    assert found.attributes("ovf:NetworkSection/ovf:Network") == [{"name": "nic0"}]
    kinds = [(each["ResourceType"], each.get("ResourceSubType", "")) for each in found.items()]
    assert kinds == [
        ("3", ""),
        ("4", ""),
        ("6", "VirtualSCSI"),
        ("5", ""),
        ("5", ""),
        ("24", ""),
        ("1", "vmware.vmci"),
        ("15", "vmware.cdrom.remotepassthrough"),
        ("17", ""),
        ("10", "VmxNet3"),
    ]
    [processors, memory] = [each["VirtualQuantity"] for each in found.items()[:2]]
    assert (processors, memory) == ("2", "4096")


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_what_hangs_on_what(disk: Path, tmp_path: Path, controller: str) -> None:
    """A controller comes before its disks, an address is there once, a card's network is named."""
    found = opened(
        disk,
        tmp_path,
        f"{{disk_controller: {controller}, networks: [a, b, a], "
        f"disks: [{', '.join(f'{{size: {size}}}' for size in range(1, 15))}]}}",
    )
    seen: dict[str, dict[str, str]] = {}
    taken = set()
    for item in found.items():
        assert item["InstanceID"] not in seen
        seen[item["InstanceID"]] = item
        if "Parent" in item:
            assert item["Parent"] in seen
            place = item["Parent"], item["AddressOnParent"]
            assert place not in taken
            taken.add(place)
    hard = [each for each in seen.values() if each["ResourceType"] == "17"]
    assert len(hard) == 15
    parent = seen[hard[0]["Parent"]]
    assert parent["ResourceSubType"] == CONTROLLERS[controller].subtype
    assert {each["Parent"] for each in hard} == {parent["InstanceID"]}
    addresses = {each["AddressOnParent"] for each in hard}
    assert ("7" in addresses) == (controller != "pvscsi")  # of SCSI it is the controller's own
    told = found.attributes("ovf:DiskSection/ovf:Disk")
    resources = [each["HostResource"] for each in hard]
    assert resources == [f"ovf:/disk/{each['diskId']}" for each in told]
    assert [each["capacity"] for each in told[1:]] == [str(size) for size in range(1, 15)]
    assert all("fileRef" not in each for each in told[1:])
    cards = [each["Connection"] for each in seen.values() if each["ResourceType"] == "10"]
    assert cards == ["a", "b", "a"]
    assert found.attributes("ovf:NetworkSection/ovf:Network") == [{"name": "a"}, {"name": "b"}]


def test_hostile_texts_come_back_as_they_were(disk: Path, tmp_path: Path) -> None:
    quoted = HOSTILE.replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    key = "k" * 62
    found = opened(
        disk,
        tmp_path,
        f"""
  annotation: "{quoted}"
  networks: ["{quoted[:10]}"]
  extra_configuration: {{guestinfo.text: "{quoted}"}}
  product:
    name: "{quoted}"
    vendor: "{quoted}"
    version: "{quoted}"
    properties: [{{key: {key}, value: "{quoted}"}}, {{key: empty, value: ""}}]
""",
    )
    product = "ovf:VirtualSystem/ovf:ProductSection/ovf:"
    for name in ("Product", "Vendor", "Version", "FullVersion"):
        assert found.texts(f"{product}{name}") == [HOSTILE]
    assert found.texts(".//ovf:Annotation") == [HOSTILE]
    extra = found.pairs(".//vmw:ExtraConfig")
    assert extra["guestinfo.text"] == HOSTILE
    assert extra["guestinfo.vmservice.defer-cloud-init"] == "ready"
    properties = found.pairs(f"{product}Property")
    assert properties[key] == HOSTILE
    assert properties["empty"] == ""
    assert properties["VERSION"] == HOSTILE
    assert found.texts(f"{product}Category") == ["Cluster API Provider (CAPI)"]
    for each in found.attributes(f"{product}Property"):
        assert (each["type"], each["userConfigurable"]) == ("string", "false")


def test_a_disk_that_ustar_cannot_hold_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vmdk").mkdir()
    with (tmp_path / "vmdk/own-amd64.vmdk").open("wb") as file:
        file.truncate(8 << 30)
    with pytest.raises(VesselError, match=r"VES-705: own-amd64.vmdk has 8589934592 bytes") as error:
        written(tmp_path / "vmdk", tmp_path / "made", described(tmp_path))
    assert "outputs: [vmdk]" in str(error.value)
    assert ova.LARGEST == (8 << 30) - 1
