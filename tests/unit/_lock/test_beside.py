from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock import beside


def test_a_file_and_a_directory(tmp_path: Path) -> None:
    (tmp_path / "motd").write_text("hello\n")
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/run").write_text("#!/bin/sh\n")
    (tree / "bin/run").chmod(0o755)
    (tree / "a").write_bytes(b"")
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__/x.pyc").write_bytes(b"")
    found = beside.digests(tmp_path, ["motd", "tree"])
    assert [entry["path"] for entry in found["motd"]] == [""]
    assert found["motd"][0]["size"] == 6
    assert [(e["path"], e["executable"]) for e in found["tree"]] == [
        ("a", False),
        ("bin/run", True),
    ]


def test_only_plain_files(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to("/etc")
    with pytest.raises(VesselError, match=r"VES-311.*tree/link"):
        beside.digests(tmp_path, ["tree"])
