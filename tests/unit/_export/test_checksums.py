"""SHA256SUMS is what sha256sum reads, of all that the user gets."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.files import sha256_file
from ansible_collections.vessel.image.plugins.module_utils._export.checksums import (
    checksums,
    make,
    render_sums,
)
from ansible_collections.vessel.image.plugins.module_utils._export.exported import published
from unit.stages import small, work


def test_checksums_are_what_sha256sum_reads(tmp_path: Path) -> None:
    sums = {}
    for name in ("b.qcow2", "a b.raw"):
        (tmp_path / name).write_text(name)
        sums[name] = sha256_file(tmp_path / name)
    (tmp_path / "SHA256SUMS").write_bytes(render_sums(sums))
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True)
    assert published(tmp_path) == sums


def test_every_paper_and_every_image_of_the_manifest_is_named(tmp_path: Path) -> None:
    papers = {}
    manifest = json.dumps({"artifacts": [{"path": "i.raw", "sha256": "a" * 64}]})
    for name, text in {"manifest": manifest, "contents": "{}"}.items():
        papers[name] = tmp_path / name
        papers[name].mkdir()
        (papers[name] / f"{name}.json").write_text(text)
    given = work(tmp_path / "made", {}, papers)
    make(given)
    assert [path.name for path in given.place.iterdir()] == ["SHA256SUMS"]
    assert published(given.place) == {
        "i.raw": "a" * 64,  # measured by whoever wrote the manifest
        "manifest.json": hashlib.sha256(manifest.encode()).hexdigest(),
        "contents.json": hashlib.sha256(b"{}").hexdigest(),
    }


def test_it_is_made_of_the_papers_alone(root: Path) -> None:
    papers = {name: small(name) for name in ("manifest", "contents")}
    assert checksums(root, papers).inputs == papers
