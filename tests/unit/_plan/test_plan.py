from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock import engines, programs
from ansible_collections.vessel.image.plugins.module_utils._plan import plan as planning
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec

ETCD = {"version": "v3.6.8", "time": "2026-01-01T00:00:00Z"}
LOCK: dict[str, Any] = {
    "architecture": "amd64",
    "source_date_epoch": 1_700_000_000,
    "kubernetes": {"version": "1.36.3", "etcd": "3.6.8-0"},
    "debian": {"node": [{"name": "a", "sha256": "1"}], "tools": [{"name": "t", "sha256": "2"}]},
    "go": {"toolchain": {"version": "go1"}, "programs": {"etcd": ETCD}},
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


NODE = {"node", "seal", "disk", "export"}
BUILT = NODE | {"preload"}  # what programs are laid into
LIBRARY = "plugins/module_utils"
COMMENT = ("", "# a comment of one line\n")  # put before the first line


@pytest.mark.parametrize(
    ("edited", "old", "new", "reruns"),
    [
        # roles, plays and native sources: every byte
        ("roles/base/tasks/main.yml", *COMMENT, NODE),
        ("roles/base/templates/rootfs/etc/cloud/ds-identify.cfg", *COMMENT, NODE),
        ("roles/seal/tasks/main.yml", *COMMENT, {"seal", "disk", "export"}),
        ("playbooks/node.yml", *COMMENT, NODE),
        ("native/go/go.mod", "module", "// x\nmodule", {"preload", "disk", "export"}),
        # library files
        (f"{LIBRARY}/_tree/preload.py", "0o700", "0o711", {"preload", "disk", "export"}),
        (f"{LIBRARY}/_disk/gpt.py", "ALIGNMENT = ", "ALIGNMENT = 2 * ", {"disk", "export"}),
        (f"{LIBRARY}/_export/formats/qcow2.py", '"-m", "16"', '"-m", "8"', {"export"}),
        (f"{LIBRARY}/_export/formats/raw.py", "sparse=always", "sparse=never", set()),
        (f"{LIBRARY}/_tree/packages.py", "man/*", "mann/*", NODE | {"packages"}),
        (f"{LIBRARY}/_tree/tools.py", '"sbin"', '"sbins"', {"tools", "disk", "export"}),
        (f"{LIBRARY}/_common/files.py", "CHUNK = 1", "CHUNK = 2", set(planning.TITLES)),
        # how Go programs are built: arguments, linker flags, what they are built for
        (f"{LIBRARY}/_lock/programs.py", '"-w")', '"-w", "-x")', BUILT),
        (f"{LIBRARY}/_lock/programs.py", '"-trimpath", ', "", BUILT),
        (f"{LIBRARY}/_lock/gocommand.py", '"GOOS": "linux"', '"GOOS": "plan9"', BUILT),
        (f"{LIBRARY}/_store/gobuild.py", "PROCESSES = 2", "PROCESSES = 4", BUILT),
        # of no stage of this image: nothing of it is in Rust
        (f"{LIBRARY}/_store/rustbuild.py", '"-Clinker=gcc"', '"-Clinker=cc"', set()),
        (f"{LIBRARY}/_machine/ssh.py", "import", "import sys\nimport", set()),
        # comments, and what people are told
        (f"{LIBRARY}/_flow/stages.py", *COMMENT, set()),
        (f"{LIBRARY}/_common/progress.py", 'replace("\\n", " ")', 'replace("\\n", "; ")', set()),
        (f"{LIBRARY}/_common/turn.py", "waiting for", "has to wait for", set()),
        (f"{LIBRARY}/_common/files.py", *COMMENT, set()),
    ],
)
def test_an_edit_reruns_just_the_stages_that_it_shapes(
    root: Path, copy: Path, edited: str, old: str, new: str, reruns: set[str]
) -> None:
    before = ids(root, copy, LOCK)
    text = (copy / edited).read_text()
    assert old in text
    (copy / edited).write_text(text.replace(old, new, 1))
    assert changed(before, ids(root, copy, LOCK)) == reruns


@pytest.mark.parametrize("words", [('"-Clinker=gcc"', '"-Clinker=cc"'), ('"--release", ', "")])
def test_flags_of_rust_programs_rerun_the_node(
    root: Path, copy: Path, words: tuple[str, str]
) -> None:
    (copy / "native/rust").mkdir(parents=True, exist_ok=True)
    debian = {**LOCK["debian"], "compilers": []}
    lock = {**LOCK, "debian": debian, "rust": {"versions": {"wasmtime": "48.0.8"}}}
    before, path = ids(root, copy, lock), copy / LIBRARY / "_store/rustbuild.py"
    assert words[0] in path.read_text()
    path.write_text(path.read_text().replace(*words, 1))
    assert changed(before, ids(root, copy, lock)) == NODE


@pytest.mark.parametrize(
    ("module", "kinds", "name", "change", "reruns"),
    [
        (engines, "ENGINES", "wasmedge", {"overhead": "1Gi"}, NODE),
        (planning, "ENGINES", "wasmedge", {"directory": "/opt/wasmedge"}, NODE),
        (planning, "ENGINES", "wasmedge", {"released": "another.so"}, NODE),
        (engines, "ENGINES", "wasmedge", {"title": "Another", "limits": {}}, set()),
        (engines, "ENGINES", "wasmer", {"overhead": "1Gi"}, set()),  # not on this image
        (programs, "GO_MODULES", "etcd", {"stamps": {"a.b": "c"}}, BUILT),
        (programs, "GO_MODULES", "etcd", {"tags": ("netgo",)}, BUILT),
        (programs, "GO_MODULES", "coredns", {"tags": ("netgo",)}, set()),  # not in this lock
        (
            programs,
            "GO_SOURCES",
            "pause",
            {"package": "./cmd/other"},
            {"preload", "disk", "export"},
        ),
        (planning, "ARCHITECTURES", "amd64", {"consoles": ()}, {"disk", "export"}),
        (planning, "ARCHITECTURES", "amd64", {"qemu": "another"}, set()),
        (
            planning,
            "DISTRIBUTIONS",
            "debian",
            {"releases": {"trixie": "14"}},
            {"seal", "disk", "export"},
        ),
    ],
)
def test_a_value_of_a_kind_reruns_what_it_shapes(
    root: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, kinds: str,
    name: str, change: dict[str, Any], reruns: set[str],
) -> None:  # fmt: skip
    before, had = ids(root, copy, LOCK), getattr(module, kinds)
    monkeypatch.setattr(module, kinds, {**had, name: dataclasses.replace(had[name], **change)})
    assert changed(before, ids(root, copy, LOCK)) == reruns


def test_another_ansible_reruns_the_roles(
    root: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ids(root, copy, LOCK)
    monkeypatch.setattr(planning, "ansible_versions", lambda: {"ansible-core": "2.99"})
    assert changed(before, ids(root, copy, LOCK)) == NODE


def test_another_mmdebstrap_installs_again(
    root: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ids(root, copy, LOCK)
    monkeypatch.setattr(planning, "host_tool_digest", lambda _program: "another")
    assert changed(before, ids(root, copy, LOCK)) == NODE | {"packages"}


@pytest.mark.parametrize(
    ("part", "reruns"),
    [
        ({"debian": {**LOCK["debian"], "node": []}}, {"packages", "node", "preload"}),
        ({"debian": {**LOCK["debian"], "tools": []}}, {"tools"}),
        ({"kubernetes": {"version": "1.36.3", "etcd": "3.6.9-0"}}, {"preload"}),
        ({"kubernetes": {**LOCK["kubernetes"], "pause": "3.99"}}, {"preload", "node"}),
        ({"source_date_epoch": 1}, {"packages", "node", "preload"}),
    ],
    ids=["node packages", "tools", "images", "pause", "epoch"],
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
