"""The template of this repository with the real Packer, and its script with stand-ins."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._packer.adapter import Packer

ANSIBLE = """#!/bin/sh
echo "ran $1 from $PWD"
case $1 in
*prepare.yml) printf '%s' "$3" > "$RECORD/prepare"; printf id-7 > "$(cat "$RECORD/prepare" |
    sed 's/.*vessel_plan_file": "//; s/".*//')" ;;
esac
"""
# The Python beside it runs all but the build, which records its call.
PYTHON = """#!/bin/sh
case $2 in
*._flow.build) printf '%s\\n' "$3" "$4" > "$RECORD/built"; echo "built in $PWD"; ip -brief link
    test "$VESSEL_OUTSIDE" != "$(readlink /proc/self/ns/mnt)" && echo private; exit ;;
esac
exec "{python}" "$@"
"""


@pytest.fixture
def clone(root: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of packer/ and the library in a path with blanks and a quote; ansible-playbook and the
    build record their calls."""
    copy = tmp_path / "it's a clone"
    for name in ("packer", "plugins/module_utils", "collections"):
        shutil.copytree(root / name, copy / name, symlinks=True)
    (copy / "playbooks").mkdir()
    tools = tmp_path / "some tools"
    tools.mkdir()
    (tools / "ansible-playbook").write_text(ANSIBLE)
    (tools / "ansible-playbook").chmod(0o755)
    (tools / "python3").write_text(PYTHON.replace("{python}", str(shutil.which("python3"))))
    (tools / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    monkeypatch.setenv("RECORD", str(tmp_path))
    return copy


def test_the_template_is_valid_and_formatted(root: Path) -> None:
    outcome = Packer(root / "packer", only=["null.tree"]).validate()
    assert outcome.succeeded, outcome.tail
    subprocess.run(["packer", "fmt", "-check", root / "packer"], check=True)


def test_it_prepares_and_then_builds_in_a_sandbox(clone: Path, tmp_path: Path) -> None:
    outcome = Packer(clone / "packer", variables={"output": 'out "1"'}).build()
    assert outcome.succeeded, outcome.tail
    handed = json.loads((tmp_path / "prepare").read_text())
    assert handed["spec"] == str(clone / "specs/wasm-node.yml")
    assert not Path(handed["vessel_plan_file"]).exists()
    assert (tmp_path / "built").read_text() == f'id-7\n{clone}/out "1"\n'
    prepared, *rest = outcome.tail.splitlines()
    assert prepared == f"ran playbooks/prepare.yml from {clone}"
    assert rest[0] == f"built in {clone}"
    assert rest[1].split()[:2] == ["lo", "DOWN"]
    assert rest[2] == "private"


def test_a_plan_that_is_handed_in_is_not_made_again(clone: Path, tmp_path: Path) -> None:
    outcome = Packer(clone / "packer", variables={"plan_id": "id-9", "output": "/o"}).build()
    assert outcome.succeeded, outcome.tail
    assert not (tmp_path / "prepare").exists()
    assert (tmp_path / "built").read_text() == "id-9\n/o\n"


@pytest.mark.parametrize(
    ("broken", "code"), [("ansible-playbook", "VES-911"), ("python3", "VES-912")]
)
def test_what_is_missing_is_named_with_its_remedy(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, code: str
) -> None:
    tools = tmp_path / "some tools"
    monkeypatch.setenv("PATH", f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin")
    (tools / broken).unlink()
    if broken == "ansible-playbook" and shutil.which(broken):
        pytest.skip("this host has a system-wide ansible-playbook")
    outcome = Packer(clone / "packer").build()
    assert not outcome.succeeded
    assert code in outcome.tail
    assert "make setup" in outcome.tail
    assert ". .venv/bin/activate" in outcome.tail
