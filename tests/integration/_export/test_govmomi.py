"""What VMware's own library makes of an OVA: a config spec, as a Supervisor does, and imports into
a simulated vCenter.

The simulator checks no digest, takes no NVMe, SATA or empty disk, and of a machine it keeps neither
firmware nor extra configuration; these are in the config spec.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from unit._export.test_machine import HOSTILE

SOURCE = Path(__file__).parent / "govmomi"
KEY = "k" * 62
QUOTED = HOSTILE.replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
SPEC = """
  processors: 6
  memory: 8192
  hardware_version: 17
  firmware: {firmware}
  disk_controller: {controller}
  disks: {disks}
  networks: [front, "the back"]
  guest: other5xLinux64Guest
  labels: {{example.com/team: a}}
  extra_configuration: {{guestinfo.text: "{quoted}"}}
  product:
    properties: [{{key: {key}, value: "{quoted}"}}, {{key: DISTRO_NAME, value: other}}]
"""
CONTROLLERS = {
    "pvscsi": "*types.ParaVirtualSCSIController",
    "nvme": "*types.VirtualNVMEController",
    "sata": "*types.VirtualAHCIController",
}


@pytest.fixture(scope="session")
def govmomi(online_go: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that takes an OVA."""
    program = tmp_path_factory.mktemp("govmomi") / "govmomi"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, env=online_go, check=True)
    return program


@pytest.mark.parametrize(
    ("what", "controller", "firmware", "disks"),
    [
        ("all", "pvscsi", "efi", []),
        ("spec", "pvscsi", "bios", [20, 3]),
        ("spec", "nvme", "efi", [20, 3]),
        ("spec", "sata", "efi", [20, 3]),
    ],
)
def test_its_machine_is_the_specs(
    govmomi: Path,
    ova: Callable[..., Any],
    disk: Path,
    what: str,
    controller: str,
    firmware: str,
    disks: list[int],
) -> None:
    sizes = [{"size": size} for size in disks]
    text = SPEC.format(
        controller=controller, firmware=firmware, key=KEY, quoted=QUOTED, disks=sizes
    )
    _vmdk, file, said = ova(text)
    found = json.loads(run([govmomi, file, what]).stdout)
    wanted = {
        "Processors": 6,
        "Memory": 8192,
        "Version": "vmx-17",
        "Guest": "other5xLinux64Guest",
        "Properties": said["product"]["properties"],
        "Disks": [disk.stat().st_size, *(size << 30 for size in disks)],
    }
    assert wanted["Properties"][KEY] == HOSTILE
    assert wanted["Properties"]["DISTRO_NAME"] == "other"
    for machine in [found["Spec"], *([found["Imported"]] if what == "all" else [])]:
        assert {key: machine[key] for key in wanted} == wanted
        devices = machine["Devices"]
        assert devices.count("*types.VirtualVmxnet3") == 2
        hung = [each for each in devices if each in CONTROLLERS.values()]
        assert hung == [CONTROLLERS[controller]]
    assert found["Spec"]["Firmware"] == firmware
    assert found["Spec"]["Extra"] == said["extra_configuration"]
    assert found["Library"] == (["image.ovf", "image.vmdk"] if what == "all" else None)


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        (b"<rasd:ResourceType>17<", b"<rasd:ResourceType>99<", "unsupported resource type: 99"),
        (b"<VirtualSystem ", b"<virtualSystem ", "virtualSystem"),
    ],
)
def test_what_is_broken_is_not_imported(
    govmomi: Path, ova: Callable[..., Any], good: bytes, bad: bytes, why: str
) -> None:
    _vmdk, file, _said = ova()
    data = file.read_bytes()
    assert good in data
    file.write_bytes(data.replace(good, bad))
    result = run([govmomi, file, "all"], check=False)
    assert result.status != 0 and why in result.stderr
