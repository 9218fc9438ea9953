"""Which papers are read, and what is said when they are not there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export.exported import (
    published,
    read,
    read_bootable,
)
from unit._export.papers import MANIFEST, lay, write


@pytest.mark.parametrize("name", ["", "manifest.json", "contents.json", "i.qcow2"])
def test_the_directory_or_a_file_in_it(tmp_path: Path, name: str) -> None:
    lay(tmp_path)
    (tmp_path / "i.qcow2").touch()
    found = read(tmp_path / name)
    assert (found.directory, found.manifest["name"]) == (tmp_path, "own")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("nothing", r"VES-711: there is no .*/output\n +Name the directory"),
        ("an empty directory", r"VES-712: .*/output holds no image.*\n +Build"),
        ("no contents", r"VES-713: .*/output has no contents.json: an older Vessel .*\n +Build"),
        ("another schema", r"VES-714: .*contents.json has schema 2; this Vessel knows 1\n +Use"),
        ("half a file", r"VES-715: .*manifest.json is damaged: .*\n +Build"),
        ("bytes", r"VES-715: .*contents.json is damaged: "),
        ("a list", r"VES-715: .*manifest.json is not what Vessel writes"),
    ],
)
def test_what_is_missing_is_named_with_a_remedy(tmp_path: Path, damage: str, message: str) -> None:
    output = tmp_path / "output"
    if damage != "nothing":
        output.mkdir()
    if damage not in {"nothing", "an empty directory"}:
        lay(output)
    if damage == "no contents":
        (output / "contents.json").unlink()
    elif damage == "another schema":
        write(output, "contents.json", {"schema": 2})
    elif damage == "half a file":
        (output / "manifest.json").write_text('{"schema": 1,')
    elif damage == "bytes":
        (output / "contents.json").write_bytes(b'{"schema": "\xff"}')
    elif damage == "a list":
        write(output, "manifest.json", [])
    with pytest.raises(VesselError, match=message):
        assert read(output).contents


def test_a_file_that_is_not_of_the_image_is_refused(tmp_path: Path) -> None:
    (lay(tmp_path) / "old.qcow2").touch()
    with pytest.raises(
        VesselError, match=r"VES-712: .*the manifest beside .*old.qcow2 does not name it\n.*i.qcow2"
    ):
        read(tmp_path / "old.qcow2")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An image file, and one of another format that is named before it."""
    (tmp_path / "i.qcow2").write_bytes(b"image")
    digest = hashlib.sha256(b"image").hexdigest()
    artifacts = [
        {"path": "i.raw", "format": "raw", "sha256": "00", "size": 9},
        {"path": "i.qcow2", "format": "qcow2", "sha256": digest, "size": 5},
    ]
    write(tmp_path, "manifest.json", {**MANIFEST, "artifacts": artifacts})
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  i.qcow2\n")
    return tmp_path


def test_the_image_that_a_machine_boots(output: Path) -> None:
    exported = read_bootable(output)
    assert exported.image == output / "i.qcow2"
    assert exported.sha256 == hashlib.sha256(b"image").hexdigest()
    assert exported.kubernetes.tag == "v1.36.3"
    assert exported.problems() == []
    assert exported.written("raw") == output / "i.raw"
    with pytest.raises(VesselError, match=r"VES-801: .* names no ova image"):
        exported.written("ova")


def test_other_bytes_are_told(output: Path) -> None:
    (output / "i.qcow2").write_bytes(b"other")
    assert "other bytes" in read(output).problems()[0]
    (output / "i.qcow2").unlink()
    assert "missing" in read(output).problems()[0]
    (output / "SHA256SUMS").unlink()
    assert read(output).problems() == ["there is no SHA256SUMS"]


def test_without_an_image_nothing_can_be_booted(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match=r"VES-801: there is no image in .*\n +Build it"):
        read_bootable(tmp_path)
    write(tmp_path, "manifest.json", {**MANIFEST, "artifacts": []})
    with pytest.raises(VesselError, match=r"VES-801: the manifest in .* names no qcow2 image"):
        read_bootable(tmp_path)
    with pytest.raises(VesselError, match=r"VES-801: .* names no ova image\n +Have ova among"):
        read_bootable(tmp_path, "ova")


def test_a_machine_boots_any_format_alone(tmp_path: Path) -> None:
    raw = {"path": "i.raw", "format": "raw", "sha256": "00", "size": 9}
    write(tmp_path, "manifest.json", {**MANIFEST, "artifacts": [raw]})
    assert read_bootable(tmp_path, "raw").written("raw") == tmp_path / "i.raw"


def test_a_proof_of_another_image_is_none(output: Path) -> None:
    assert read(output).proof is None
    for sha256, found in [("another", False), (read(output).sha256, True)]:
        write(output, "proof.json", {"artifact": {"sha256": sha256}})
        assert (read(output).proof is not None) is found
    (output / "proof.json").write_text("{")
    assert read(output).proof is None


def test_an_image_is_whole_by_sizes_or_by_every_byte(output: Path) -> None:
    artifacts = [each for each in read(output).manifest["artifacts"] if each["format"] == "qcow2"]
    write(output, "manifest.json", {**MANIFEST, "artifacts": artifacts})
    assert not read(output).is_whole(verify=False)  # the contents are missing
    write(output, "contents.json", {"schema": 1})
    assert read(output).is_whole(verify=True)
    (output / "i.qcow2").write_bytes(b"IMAGE")
    assert read(output).is_whole(verify=False) and not read(output).is_whole(verify=True)
    (output / "i.qcow2").write_bytes(b"longer")
    assert not read(output).is_whole(verify=False)


def test_nothing_is_published_in_an_empty_directory(tmp_path: Path) -> None:
    assert published(tmp_path) == {}


def test_checksums_that_name_other_directories_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text("a" * 64 + "  ../precious\n")
    assert published(tmp_path) == {}
