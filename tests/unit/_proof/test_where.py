"""A proof says by which Vessel it was made, be it a clone or an installed collection."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._proof.results import now
from ansible_collections.vessel.image.plugins.module_utils._proof.where import this_vessel, where


def git(root: Path, *words: str) -> str:
    own = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    said = subprocess.run(["git", "-C", root, *own, *words], check=True, capture_output=True)
    return said.stdout.decode().strip()


def test_a_clone_says_its_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    (tmp_path / "galaxy.yml").write_text("version: 1.2.3\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "galaxy.yml")
    git(tmp_path, "commit", "-q", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert this_vessel(tmp_path) == {"version": "1.2.3", "commit": commit}
    (tmp_path / "not-ours").touch()
    assert this_vessel(tmp_path)["commit"] == commit
    (tmp_path / "galaxy.yml").write_text("version: 1.2.4\n")
    assert this_vessel(tmp_path) == {"version": "1.2.4", "commit": f"{commit}+"}


def test_an_installed_collection_says_its_version(tmp_path: Path) -> None:
    told = {"collection_info": {"version": "2.0.0"}}
    (tmp_path / "MANIFEST.json").write_text(json.dumps(told))
    assert this_vessel(tmp_path) == {"version": "2.0.0"}
    (tmp_path / "MANIFEST.json").unlink()
    assert this_vessel(tmp_path) == {"version": "unknown"}


def test_where_and_when(tmp_path: Path) -> None:
    assert where(tmp_path, "tcg: as asked")["accelerator"] == "tcg: as asked"
    assert set(where(tmp_path, "")) == {"vessel", "host"}
    assert set(where(tmp_path, "")["host"]) == {"cpus", "kernel", "machine", "python"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())
