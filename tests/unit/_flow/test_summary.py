from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow.summary import summary

IMAGE = "debian-13-amd64-v1.36.3-wasm-node"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    directory = tmp_path / "wasm-node"
    directory.mkdir()
    artifact = {"path": "x.qcow2", "size": 441_000_000, "sha256": "abc"}
    (directory / "manifest.json").write_text(json.dumps({"artifacts": [artifact]}))
    stages = [
        {"name": "node", "seconds": 13.7, "cached": False},
        {"name": "disk", "seconds": 6.8, "cached": False},
        *({"name": name, "seconds": 0.0, "cached": True} for name in ("packages", "etcd", "tools")),
    ]
    (directory / "build.json").write_text(json.dumps({"stages": stages}))
    return tmp_path


def test_it_names_image_size_seconds_and_how_to_prove_it(output: Path) -> None:
    text = "\n".join(summary(output / "wasm-node", IMAGE))
    assert "built debian-13-amd64-v1.36.3-wasm-node" in text
    assert f"{output}/wasm-node/x.qcow2  441 MB" in text
    assert "  stages: node 13.7 s, disk 6.8 s, 3 kept\n" in text
    assert "not proved yet; prove it with: molecule test" in text
    assert "report.html" not in text


def test_stages_that_were_all_kept_are_one_number(output: Path) -> None:
    stages = [{"name": f"n{n}", "seconds": 0.0, "cached": True} for n in range(20)]
    (output / "wasm-node/build.json").write_text(json.dumps({"stages": stages}))
    assert "  stages: 20 kept" in summary(output / "wasm-node", IMAGE)


def test_it_names_the_report_in_one_line(output: Path) -> None:
    (output / "wasm-node/report.html").touch()
    lines = summary(output / "wasm-node", IMAGE)
    assert lines.count(f"  report: {output}/wasm-node/report.html") == 1


@pytest.mark.parametrize(
    ("proof", "proved"),
    [
        ({"passed": True, "artifact": {"sha256": "abc"}}, True),
        ({"passed": True, "artifact": {"sha256": "of another file"}}, False),
        ({"passed": False, "artifact": {"sha256": "abc"}}, False),
    ],
    ids=["this image", "another image", "failed"],
)
def test_only_a_passed_proof_of_this_very_file_counts(
    output: Path, proof: dict[str, object], proved: bool
) -> None:
    (output / "wasm-node/proof.json").write_text(json.dumps(proof))
    assert ("  proved" in summary(output / "wasm-node", IMAGE)) is proved
