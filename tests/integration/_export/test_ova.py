"""The disk out of an OVA is the raw disk, byte for byte, to qemu-img."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._machine.overlay import (
    make_overlay,
    virtual_size,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools
from unit._export.ova_reader import read_ova


def test_its_disk_holds_the_raw_one(
    disk: Path,
    tools: Tools,
    tmp_path: Path,
    written: Callable[..., Path],
    ova: Callable[..., Any],
) -> None:
    vmdk, file, said = ova()
    found = read_ova(file)
    out = tmp_path / "out.vmdk"
    out.write_bytes(found.members["image.vmdk"])
    run(tools.argv("qemu-img", "compare", out, disk))
    [told] = found.attributes("ovf:DiskSection/ovf:Disk")
    assert int(told["capacity"]) << 20 == disk.stat().st_size
    assert written("ova", vmdk, tmp_path / "again", **said).read_bytes() == file.read_bytes()


def test_a_guest_has_it_where_it_lies_in_the_archive(
    disk: Path,
    tools: Tools,
    tmp_path: Path,
    written: Callable[..., Path],
    ova: Callable[..., Any],
) -> None:
    vmdk, file, _said = ova()
    others = {form: written(form, disk, tmp_path / form) for form in ("vhd", "vhdx")}
    for form, image in {"ova": file, "vmdk": vmdk, "raw": disk, **others}.items():
        guests = make_overlay(image, tmp_path / f"{form}.qcow2", form=form)
        run(tools.argv("qemu-img", "compare", guests, disk))
        larger = make_overlay(image, tmp_path / f"{form}-larger.qcow2", 1, form)
        assert virtual_size(larger) == 1 << 30
