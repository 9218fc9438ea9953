from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._plan import plan as planning
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec

LOCK: dict[str, Any] = {
    "architecture": "amd64",
    "source_date_epoch": 1_700_000_000,
    "kubernetes": {"version": "1.36.3", "etcd": "3.6.8-0"},
    "debian": {"node": [{"name": "a", "sha256": "1"}], "tools": [{"name": "t", "sha256": "2"}]},
    "go": {"toolchain": {"version": "go1"}, "programs": {"etcd": {"version": "v3.6.8"}}},
}


@pytest.fixture
def copy(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code that stages digest, free to be edited."""
    for name in ("plugins", "roles", "playbooks", "native"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(planning, "host_tool_digest", lambda _program: "tool")
    return tmp_path


def ids(root: Path, copy: Path, lock: dict[str, Any]) -> dict[str, str]:
    spec_file = root / "specs/wasm-node.yml"
    made = planning.make_plan(load_spec(spec_file), spec_file, lock, copy)
    return {stage.name: stage.id for stage in made.stages}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name, identity in before.items() if after[name] != identity}


def test_without_a_lock_the_ids_say_so(root: Path) -> None:
    spec_file = root / "specs/wasm-node.yml"
    made = planning.make_plan(load_spec(spec_file), spec_file, None, root)
    assert {stage.id for stage in made.stages} == {planning.NOT_LOCKED}
    assert made.image_name == "debian-13-amd64-v1.36.3-wasm-node"


@pytest.mark.parametrize(
    ("edited", "reruns"),
    [
        ("roles/base/tasks/main.yml", {"node", "seal", "disk", "export"}),
        ("roles/seal/tasks/main.yml", {"seal", "disk", "export"}),
        ("plugins/module_utils/_tree/preload.py", {"preload", "disk", "export"}),
        ("plugins/module_utils/_disk/gpt.py", {"disk", "export"}),
        ("plugins/module_utils/_export/qcow2.py", {"export"}),
        ("plugins/module_utils/_tree/packages.py", {"packages", "node", "seal", "disk", "export"}),
        ("plugins/module_utils/_tree/tools.py", {"tools", "disk", "export"}),
        ("native/go/go.mod", {"preload", "disk", "export"}),
        ("plugins/module_utils/_common/files.py", set(planning.TITLES)),
        ("plugins/module_utils/_machine/ssh.py", set()),
    ],
)
def test_an_edited_file_reruns_its_stage_and_the_later_ones(
    root: Path, copy: Path, edited: str, reruns: set[str]
) -> None:
    before = ids(root, copy, LOCK)
    with (copy / edited).open("a", encoding="utf-8") as file:
        file.write("\n# edited\n")
    assert changed(before, ids(root, copy, LOCK)) == reruns


@pytest.mark.parametrize(
    ("part", "reruns"),
    [
        ({"debian": {**LOCK["debian"], "node": []}}, {"packages", "node", "preload"}),
        ({"debian": {**LOCK["debian"], "tools": []}}, {"tools"}),
        ({"kubernetes": {"version": "1.36.3", "etcd": "3.6.9-0"}}, {"preload"}),
        ({"source_date_epoch": 1}, {"packages", "node", "preload"}),
    ],
    ids=["node packages", "tools", "images", "epoch"],
)
def test_a_changed_lock_reruns_what_it_feeds(
    root: Path, copy: Path, part: dict[str, Any], reruns: set[str]
) -> None:
    found = changed(ids(root, copy, LOCK), ids(root, copy, {**LOCK, **part}))
    # The sealed tree names the lock.
    assert found == reruns | {"seal", "disk", "export"}


@pytest.mark.parametrize(
    ("line", "reruns"),
    [
        ("outputs: [raw]", set()),
        ("preload: {control_plane: false}", {"preload"}),
        ("customize: {sysctls: {vm.swappiness: 1}}", {"node"}),
        ("customize: {kernel_arguments: [quiet]}", set()),
        ("customize: {files: [{path: /etc/own, source: own}]}", {"node"}),
        ("customize: {images: [{archive: own}]}", {"preload"}),
    ],
)
def test_a_changed_spec_reruns_what_it_feeds(
    copy: Path, tmp_path: Path, line: str, reruns: set[str]
) -> None:
    spec_file = tmp_path / "own.yml"
    (tmp_path / "own").write_text("own\n")
    lock = {**LOCK, "for": {"sources": {"own": [{"path": "", "sha256": "3"}]}}}

    def plan(text: str, lock: dict[str, Any]) -> dict[str, str]:
        spec_file.write_text(f'schema: 1\nname: own\nkubernetes: {{version: "1.36.3"}}\n{text}\n')
        made = planning.make_plan(load_spec(spec_file), spec_file, lock, copy)
        return {stage.name: stage.id for stage in made.stages}

    # The sealed tree names the spec.
    found = changed(plan("", LOCK), plan(line, lock if "own" in line else LOCK))
    assert found == reruns | {"seal", "disk", "export"}


def test_a_plan_is_kept_and_found_by_its_id(root: Path, copy: Path, cache: Path) -> None:
    spec_file = root / "specs/wasm-node.yml"
    made = planning.make_plan(load_spec(spec_file), spec_file, LOCK, copy)
    planning.save(made)
    assert planning.load(made.id) == made


def test_an_unknown_plan_is_refused(cache: Path) -> None:
    with pytest.raises(VesselError, match="VES-111"):
        planning.load("0" * 64)
