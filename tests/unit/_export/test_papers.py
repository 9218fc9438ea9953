"""The papers say what was made, in one way only."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.paper import paper_stage
from ansible_collections.vessel.image.plugins.module_utils._export.papers import (
    PAPERS,
    contents,
    manifest,
)
from unit.stages import DISK, IMAGE, small, work

FORMATS = {name: small(name, DISK) for name in ("qcow2", "raw")}
FACTS = {
    "os": {"distribution": "debian"},
    "kubernetes": "1.36.3",
    "wasm_sizes": {"wasmedge": ["p.so", "libwasmedge0"], "wasmtime": ["shim", "libonnx"]},
}
NODE = replace(IMAGE, facts=FACTS, sums=("wasm_sizes",))
COMPONENTS = [
    {"name": "libwasmedge0", "version": "1", "from": "package", "sha256": "c" * 64, "size": 3},
    {"size": 35, "name": "shim", "version": "2", "from": "source", "sha256": "d" * 64},
    {"name": "crun", "version": "1.21", "from": "package", "sha256": "e" * 64, "size": 100},
]


@pytest.fixture
def written(root: Path, tmp_path: Path) -> dict[str, Any]:
    """A manifest, made of what a plan would hand to its maker."""
    places = {name: tmp_path / name for name in ("components", *FORMATS)}
    for place in places.values():
        place.mkdir()
    (places["components"] / "components.json").write_text(json.dumps(COMPONENTS))
    (places["qcow2"] / "b.qcow2").write_bytes(b"four")
    (places["raw"] / "a.raw").write_bytes(b"x")
    planned = paper_stage(root, PAPERS["manifest"], NODE, FORMATS)
    assert planned.inputs.keys() == places.keys()
    given = work(tmp_path / "made", planned.options, places)
    manifest.make(given)
    text = (given.place / "manifest.json").read_text()
    assert text.endswith("}\n")
    found: dict[str, Any] = json.loads(text)
    return found


def test_manifest_has_the_promised_keys(written: dict[str, Any]) -> None:
    assert list(written) == [
        *("schema", "name", "vessel", "spec_sha256", "lock_sha256", "source_date_epoch"),
        *("stages", "artifacts", "components", "node"),
    ]
    assert written["name"] == "own"
    assert written["source_date_epoch"] == 1_763_900_000
    assert written["node"]["kubernetes"] == "1.36.3"


def test_stages_are_those_of_the_image_files_by_name_and_id(written: dict[str, Any]) -> None:
    """No seconds: they differ. No papers: they tell of the image."""
    assert [stage["name"] for stage in written["stages"]] == ["tools", "disk", "qcow2", "raw"]
    assert written["stages"][1] == {"name": "disk", "id": DISK.id}


def test_artifacts_are_measured(written: dict[str, Any]) -> None:
    assert written["artifacts"] == [
        {"path": "a.raw", "format": "raw", "arch": "amd64", "size": 1,
         "sha256": hashlib.sha256(b"x").hexdigest()},
        {"path": "b.qcow2", "format": "qcow2", "arch": "amd64", "size": 4,
         "sha256": hashlib.sha256(b"four").hexdigest()},
    ]  # fmt: skip


def test_components_are_sorted_and_so_are_their_keys(written: dict[str, Any]) -> None:
    assert [each["name"] for each in written["components"]] == ["crun", "libwasmedge0", "shim"]
    assert list(written["components"][2]) == ["from", "name", "sha256", "size", "version"]


def test_an_engine_is_as_large_as_its_shim_and_its_packages(written: dict[str, Any]) -> None:
    """Of what the image has: nobody released a `p.so` for it, and it has no `libonnx`."""
    assert written["node"]["wasm_sizes"] == {"wasmedge": 3, "wasmtime": 35}


@pytest.mark.parametrize(("released", "size"), [("p.so", 8), ("q.so", 3)])
def test_what_was_released_for_an_engine_counts(released: str, size: int) -> None:
    said = manifest.says(NODE, FORMATS)
    components = [*COMPONENTS, {"name": released, "size": 5}]
    assert manifest._sums(said, components)["wasm_sizes"]["wasmedge"] == size


def test_contents_are_the_list_that_lies_beside_the_disk(root: Path, tmp_path: Path) -> None:
    planned = paper_stage(root, PAPERS["contents"], NODE, FORMATS)
    assert planned.inputs == {"disk": DISK}
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/contents.json").write_text("what is in it")
    (tmp_path / "disk/disk.raw").touch()
    given = work(tmp_path / "made", planned.options, {"disk": tmp_path / "disk"})
    contents.make(given)
    assert [path.name for path in given.place.iterdir()] == ["contents.json"]
    assert (given.place / "contents.json").read_text() == "what is in it"


def test_a_paper_of_another_image_is_another_stage(root: Path) -> None:
    def identity(**changes: Any) -> str:
        return paper_stage(root, PAPERS["manifest"], replace(NODE, **changes), FORMATS).id

    assert identity() == identity()
    for change in ({"epoch": 1}, {"architecture": "arm64"}, {"lock_sha256": "2" * 64},
                   {"facts": {**FACTS, "kubernetes": "1.37.0"}}):  # fmt: skip
        assert identity(**change) != identity()
    only_raw = paper_stage(root, PAPERS["manifest"], NODE, {"raw": FORMATS["raw"]})
    assert only_raw.id != identity()
