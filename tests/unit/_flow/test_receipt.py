"""At a glance: nothing has changed, or the plan has to tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow import receipt
from unit.stages import plan_of, small

QCOW2 = b"an image"


@dataclass
class Place:
    spec: Path
    root: Path
    output: Path

    def glance(self, *, verify: bool = False) -> list[str] | None:
        return receipt.glance(self.spec, self.root, self.output, verify=verify)


@pytest.fixture
def place(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(receipt, "host_tool_digest", lambda _program: "tool")
    found = Place(tmp_path / "own.yml", tmp_path / "root", tmp_path / "output")
    for name in receipt.CODE:
        (found.root / name).mkdir(parents=True)
        (found.root / name / "file").write_text("code")
    found.spec.write_text("name: own\n")
    (tmp_path / "own.lock.yml").write_text("lock\n")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside/file").write_text("text\n")
    directory = found.output / "own"
    directory.mkdir(parents=True)
    (directory / "i.qcow2").write_bytes(QCOW2)
    digest = hashlib.sha256(QCOW2).hexdigest()
    artifact = {"path": "i.qcow2", "size": len(QCOW2), "sha256": digest}
    (directory / "manifest.json").write_text(json.dumps({"schema": 1, "artifacts": [artifact]}))
    (directory / "contents.json").touch()
    (directory / "build.json").write_text(json.dumps({"stages": []}))
    plan = plan_of(small("qcow2"), root=found.root, spec_file=found.spec)
    assert found.glance() is None
    receipt.write(replace(plan, beside=("beside",)), found.output)
    return found


def test_nothing_has_changed(place: Place) -> None:
    for verify in (False, True):
        lines = place.glance(verify=verify)
        assert lines is not None
        assert "built debian-13-amd64-v1.36.3-own" in lines


@pytest.mark.parametrize(
    "name",
    [
        "own.yml",
        "own.lock.yml",
        "beside/file",
        "beside/new",
        *(f"root/{n}/x" for n in receipt.CODE),
    ],
)
def test_an_input_has_changed(place: Place, tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("a") as file:
        file.write("# a comment\n")
    assert place.glance() is None


@pytest.mark.parametrize(
    "name",
    ["own.lock.yml", *(f"output/own/{n}" for n in ("i.qcow2", "manifest.json", "contents.json"))],
)
def test_something_is_gone(place: Place, tmp_path: Path, name: str) -> None:
    (tmp_path / name).unlink()
    assert place.glance() is None


def test_the_image_is_not_what_it_was(place: Place) -> None:
    image = place.output / "own/i.qcow2"
    image.write_bytes(QCOW2[:-1] + b"!")
    assert place.glance() is not None
    assert place.glance(verify=True) is None
    image.write_bytes(QCOW2[:-1])
    assert place.glance() is None


def test_another_output_has_no_receipt(place: Place, tmp_path: Path) -> None:
    place.output = tmp_path / "elsewhere"
    assert place.glance() is None
    assert receipt.last_parts(place.spec, place.root, place.output) == {}


def test_it_keeps_what_the_ids_of_stages_were_made_of(place: Place) -> None:
    parts = receipt.last_parts(place.spec, place.root, place.output)
    assert parts == {"qcow2": {"name": "qcow2"}}


def test_tools_and_versions_count(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "ansible_versions", lambda: {"ansible-core": "2.99"})
    assert place.glance() is None


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ansible_versions", lambda: {"ansible-core": "2.99", "jinja2": "1"}),
        ("host_tool_digest", lambda _program: "another"),
    ],
)
def test_other_tools_of_the_host_are_another_build(
    place: Place, monkeypatch: pytest.MonkeyPatch, name: str, other: Callable[..., object]
) -> None:
    assert place.glance() is not None
    monkeypatch.setattr(receipt, name, other)
    assert place.glance() is None
