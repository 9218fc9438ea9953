"""The disk out of an OVA is the raw disk, byte for byte, to qemu-img."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools
from unit._export.ova_reader import read_ova
from unit._export.test_machine import described


def test_its_disk_holds_the_raw_one(
    disk: Path, tools: Tools, tmp_path: Path, written: Callable[..., Path]
) -> None:
    said = described(tmp_path)
    vmdk = written("vmdk", disk, tmp_path / "vmdk", **said)
    ova = written("ova", vmdk, tmp_path / "ova", **said)
    found = read_ova(ova)
    out = tmp_path / "out.vmdk"
    out.write_bytes(found.members["image.vmdk"])
    run(tools.argv("qemu-img", "compare", out, disk))
    [told] = found.attributes("ovf:DiskSection/ovf:Disk")
    assert int(told["capacity"]) << 20 == disk.stat().st_size
    assert written("ova", vmdk, tmp_path / "again", **said).read_bytes() == ova.read_bytes()
