"""Which papers are read, and what is said when they are not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._report.output import read_output
from unit._report.papers import lay, write


@pytest.mark.parametrize("name", ["", "manifest.json", "contents.json", "i.qcow2"])
def test_the_directory_or_a_file_in_it(tmp_path: Path, name: str) -> None:
    lay(tmp_path)
    (tmp_path / "i.qcow2").touch()
    found = read_output(tmp_path / name)
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
        read_output(output)


def test_a_file_that_is_not_of_the_image_is_refused(tmp_path: Path) -> None:
    (lay(tmp_path) / "old.qcow2").touch()
    with pytest.raises(
        VesselError, match=r"VES-712: .*the manifest beside .*old.qcow2 does not name it\n.*i.qcow2"
    ):
        read_output(tmp_path / "old.qcow2")
