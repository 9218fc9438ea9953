"""Publishing: old files stay whole until new ones are complete."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export import export as room
from ansible_collections.vessel.image.plugins.module_utils._export.format import Format
from ansible_collections.vessel.image.plugins.module_utils._export.manifest import Image
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

PAPERS = ("manifest.json", "contents.json", "SHA256SUMS")
IMAGE = Image("wasm-node", "first", "amd64", "5" * 64, "1" * 64, 1, [], [], {})


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    loader = tmp_path / "tools/usr/lib64/ld-linux-x86-64.so.2"
    loader.parent.mkdir(parents=True)
    loader.touch()
    return Tools(tmp_path / "tools")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.raw"
    with path.open("wb") as file:
        file.write(b"boot")
        file.truncate(64 << 20)
    (tmp_path / "contents.json").write_text("what is in it")
    return path


def names(output: Path) -> set[str]:
    return {path.name for path in output.iterdir()}


def test_published_directory_is_complete_and_sparse(
    tmp_path: Path, disk: Path, tools: Tools
) -> None:
    output = tmp_path / "output"
    artifacts = room.export(disk, tools, output, IMAGE, ["raw"])
    room.write_build(output, [{"name": "disk", "seconds": 7.6, "cached": False}])
    assert names(output) == {"first.raw", *PAPERS, "build.json"}
    assert [artifact.path for artifact in artifacts] == ["first.raw"]
    assert (output / "first.raw").stat().st_blocks * 512 < 1 << 20
    assert (output / "first.raw").stat().st_mode & 0o777 == 0o644
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=output, check=True)
    assert (output / "contents.json").read_text() == "what is in it"
    assert "  contents.json\n" in (output / "SHA256SUMS").read_text()
    assert json.loads((output / "build.json").read_text())["stages"][0]["seconds"] == 7.6


def test_files_of_the_image_before_are_removed_and_others_stay(
    tmp_path: Path, disk: Path, tools: Tools
) -> None:
    output = tmp_path / "output"
    room.export(disk, tools, output, IMAGE, ["raw"])
    (output / "notes.txt").touch()
    (output / "logs").mkdir()
    room.export(disk, tools, output, replace(IMAGE, image="second"), ["raw"])
    assert names(output) == {"second.raw", *PAPERS, "notes.txt", "logs"}


@pytest.mark.parametrize("changed", [False, True])
def test_proof_and_report_outlive_only_the_same_bytes(
    tmp_path: Path, disk: Path, tools: Tools, changed: bool
) -> None:
    output = tmp_path / "output"
    room.export(disk, tools, output, IMAGE, ["raw"])
    for name in ("proof.json", "report.html"):
        (output / name).touch()
    if changed:
        disk.write_bytes(b"other")
    room.export(disk, tools, output, IMAGE, ["raw"])
    assert (output / "proof.json").exists() is not changed
    assert (output / "report.html").exists() is not changed


def test_a_failure_leaves_the_old_output_whole(
    tmp_path: Path, disk: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    room.export(disk, tools, output, IMAGE, ["raw"])
    before = {path.name: path.read_bytes() for path in output.iterdir()}

    def fail(raw: Path, tools: Tools, destination: Path) -> None:
        destination.write_bytes(b"half")
        raise VesselError.of("VES-102", "no space", "make some")

    monkeypatch.setattr(room, "FORMATS", {**room.FORMATS, "qcow2": Format(fail)})
    disk.write_bytes(b"other")
    with pytest.raises(VesselError, match="no space"):
        room.export(disk, tools, output, IMAGE, ["raw", "qcow2"])
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before


def test_an_unknown_format_is_refused_before_any_work(
    tmp_path: Path, disk: Path, tools: Tools
) -> None:
    with pytest.raises(VesselError, match=r"VES-701.*vdi"):
        room.export(disk, tools, tmp_path / "output", IMAGE, ["raw", "vdi"])
    assert not (tmp_path / "output").exists()
