"""A format is a stage of the disk or of another format, and each is made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export.format import (
    Format,
    format_stages,
    source,
    target,
)
from ansible_collections.vessel.image.plugins.module_utils._export.formats import FORMATS, raw
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Kind
from unit.stages import DISK, IMAGE, TOOLS, work, write_name


@pytest.fixture
def formats(monkeypatch: pytest.MonkeyPatch) -> dict[str, Format]:
    """Formats of formats; they are of a test, whose code no collection has."""
    monkeypatch.setattr(Kind, "code", lambda self, root: {"code": self.name})
    of = {"vmdk": "disk", "ova": "vmdk", "vhd": "disk"}
    return {name: Format(Kind(name, f"write {name}", write_name), of[name]) for name in of}


def test_it_is_made_of_the_disk_with_the_tools(root: Path) -> None:
    made = format_stages(root, IMAGE, ["qcow2"], FORMATS)["qcow2"]
    assert made.inputs == {"tools": TOOLS, "disk": DISK}
    assert made.options["file"] == "own-amd64.qcow2"


def test_a_format_of_a_format(root: Path, formats: dict[str, Format], tmp_path: Path) -> None:
    made = format_stages(root, IMAGE, ["ova"], formats)
    assert list(made) == ["ova"]  # the user does not get what it was made of
    between = made["ova"].inputs["vmdk"]
    assert between.inputs["disk"] == DISK
    given = work(tmp_path, made["ova"].options, {"vmdk": tmp_path / "vmdk", "tools": tmp_path})
    assert source(given) == tmp_path / "vmdk/own-amd64.vmdk"
    assert target(given) == tmp_path / "own-amd64.ova"


def test_both_of_them_are_wanted(root: Path, formats: dict[str, Format]) -> None:
    made = format_stages(root, IMAGE, ["ova", "vhd", "vmdk", "ova"], formats)
    assert list(made) == ["ova", "vhd", "vmdk"]
    assert made["ova"].inputs["vmdk"] is made["vmdk"]


@pytest.mark.parametrize("wanted", [["vdi"], ["raw", "vdi"]])
def test_an_unknown_format_is_refused(root: Path, wanted: list[str]) -> None:
    with pytest.raises(
        VesselError, match=rf"VES-701: .*vdi.*\n +Available: {', '.join(FORMATS)}\."
    ):
        format_stages(root, IMAGE, wanted, FORMATS)


def test_another_name_is_another_stage(root: Path, formats: dict[str, Format]) -> None:
    other = replace(IMAGE, stem="other")
    ids = [format_stages(root, each, ["vhd"], formats)["vhd"].id for each in (IMAGE, other)]
    assert ids[0] != ids[1]


def test_raw_is_the_very_disk(root: Path, tmp_path: Path) -> None:
    options = format_stages(root, IMAGE, ["raw"], FORMATS)["raw"].options
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/disk.raw").write_bytes(b"boot")
    given = work(tmp_path / "made", options, {"disk": tmp_path / "disk", "tools": tmp_path})
    raw.make(given)
    (made,) = given.place.iterdir()
    assert made.name == "own-amd64.raw"
    assert made.samefile(tmp_path / "disk/disk.raw")
