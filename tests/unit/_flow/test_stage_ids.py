"""For every kind of input: an edit reruns just the stages that it shapes, and none too many."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow import planning
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import GO_MODULES
from ansible_collections.vessel.image.plugins.module_utils._lock import (
    engines,
    gocommand,
    programs,
)
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._stages import node, packages, seal
from ansible_collections.vessel.image.plugins.module_utils._store import rustbuild
from ansible_collections.vessel.image.plugins.module_utils._vessels import general_purpose

LIBRARY = "plugins/module_utils"
COMMENT = ("", "# a comment of one line\n")  # put before the first line


def deb(name: str, sha256: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1",
        "architecture": "amd64",
        "sha256": sha256 * 64,
        "size": 1,
        "archive": "debian",
        "path": f"pool/{name}.deb",
    }


def module(name: str) -> dict[str, Any]:
    return {
        "module": GO_MODULES[name].module,
        "version": "v1.2.3",
        "sum": "h1:x",
        "time": "2026-01-01T00:00:00Z",
        "packages": list(GO_MODULES[name].packages),
        "go_mod": f"module {name}\n",
        "go_sum": "",
    }


KUBERNETES = {"version": "1.36.3", "etcd": "3.6.8-0", "coredns": "v1.14.0", "pause": "3.10.1"}
DEBIAN = {"release": "trixie", "node": [deb("a", "1")], "tools": [deb("t", "2")]}
LOCK: dict[str, Any] = {
    "architecture": "amd64",
    "source_date_epoch": 1_700_000_000,
    "kubernetes": KUBERNETES,
    "debian": DEBIAN,
    "go": {
        "toolchain": {"version": "go1", "sum": "h1:y"},
        "programs": {name: module(name) for name in GO_MODULES},
    },
}
# With a program in Rust.
RUST: dict[str, Any] = {
    **LOCK,
    "debian": {**DEBIAN, "compilers": [deb("c", "3")]},
    "rust": {"versions": {"wasmtime": "48.0.8"}},
}

EXPORT = {"qcow2", "contents", "manifest", "checksums"}
DISK = {"disk"} | EXPORT
SEAL = {"seal"} | DISK
NODE = {"node"} | SEAL
PRELOAD = {"preload"} | DISK
GO = {"kubernetes", "containerd", "crictl", "etcd", "coredns", "cni-plugins"}
OURS = {"pause", "vessel-preload"}
# What every program is laid into or counted in.
BUILT = NODE | PRELOAD | {"components"}
SHIM = NODE | {"containerd-shim-wasmtime-v1", "components"}


@pytest.fixture
def copy(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code that stages digest, free to be edited."""
    for name in ("plugins", "roles", "playbooks", "native"):
        ignored = shutil.ignore_patterns("__pycache__", "target")
        shutil.copytree(root / name, tmp_path / name, ignore=ignored)
    monkeypatch.setattr(packages, "host_tool_digest", lambda _program: "tool")
    return tmp_path


def ids(root: Path, copy: Path, lock: dict[str, Any]) -> dict[str, str]:
    spec_file = root / "specs/wasm-node.yml"
    made = planning.make_plan(load_spec(spec_file), spec_file, Lock(lock), copy)
    return {stage.name: stage.id for stage in made.stages}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name, identity in before.items() if after[name] != identity}


def test_the_stages_of_the_default_image(root: Path, copy: Path) -> None:
    wanted = {"tools", "toolchain", "packages"} | GO | OURS | BUILT
    assert set(ids(root, copy, LOCK)) == wanted
    assert set(ids(root, copy, RUST)) == wanted | {"compilers", "containerd-shim-wasmtime-v1"}


@pytest.mark.parametrize(
    ("edited", "old", "new", "reruns"),
    [
        # roles and plays: every byte
        ("roles/base/tasks/main.yml", *COMMENT, NODE),
        ("roles/base/templates/rootfs/etc/cloud/ds-identify.cfg", *COMMENT, NODE),
        ("roles/seal/tasks/main.yml", *COMMENT, SEAL),
        ("playbooks/node.yml", *COMMENT, NODE),
        ("playbooks/seal.yml", *COMMENT, SEAL),
        # sources of ours: every byte but tests
        ("native/go/go.mod", "module", "// x\nmodule", OURS | PRELOAD | {"components"}),
        ("native/go/cmd/pause/main.go", *COMMENT, OURS | PRELOAD | {"components"}),
        # what roles run with
        ("plugins/connection/tree.py", "umask=0o022", "umask=0o002", NODE),
        # what all programs run with that work on a tree, those that unpack packages too
        (
            f"{LIBRARY}/_tree/boundary.py",
            '"TZ": "UTC"',
            '"TZ": "CET"',
            NODE | PRELOAD | {"packages", "tools"},
        ),
        ("plugins/modules/contents.py", "supports_check_mode=True", "", NODE),
        (f"{LIBRARY}/_tree/play.py", '"__ansible_unsafe"', '"__ansible_vault"', NODE),
        # library files
        (f"{LIBRARY}/_tree/preload.py", "0o700", "0o711", PRELOAD),
        (f"{LIBRARY}/_disk/gpt.py", "ALIGNMENT = ", "ALIGNMENT = 2 * ", DISK),
        (f"{LIBRARY}/_disk/contents.py", "SCHEMA = 1", "SCHEMA = 2", DISK),
        (
            f"{LIBRARY}/_export/formats/qcow2.py",
            '"-m", "16"',
            '"-m", "8"',
            {"qcow2", "manifest", "checksums"},
        ),
        (f"{LIBRARY}/_export/formats/raw.py", "link_or_copy(", "copy(", set()),
        (
            f"{LIBRARY}/_export/papers/manifest.py",
            "indent=2",
            "indent=1",
            {"manifest", "checksums"},
        ),
        (f"{LIBRARY}/_export/checksums.py", "}  {", "} *{", {"checksums"}),
        (f"{LIBRARY}/_tree/packages.py", "man/*", "mann/*", NODE | {"packages"}),
        (f"{LIBRARY}/_tree/deferred.py", "ASIDE = ", "ASIDE = 'x' + ", NODE | {"packages"}),
        (f"{LIBRARY}/_store/debfile.py", "HEADER = 60", "HEADER = 61", NODE | {"packages"}),
        (f"{LIBRARY}/_tree/tools.py", '"sbin"', '"sbins"', {"tools"} | DISK),
        # of no stage of this image: nothing of it is in Rust, and nobody is proved here
        (f"{LIBRARY}/_store/rustbuild.py", '"-Clinker=gcc"', '"-Clinker=cc"', set()),
        (f"{LIBRARY}/_machine/ssh.py", "import", "import sys\nimport", set()),
        (f"{LIBRARY}/_vessels/general_purpose.py", "KIND", "VALUE = 1\nKIND", set()),
        (f"{LIBRARY}/_flow/making.py", "import", "import sys\nimport", set()),
        (f"{LIBRARY}/_spec/model.py", "import", "import sys\nimport", set()),
        # comments, and what people are told
        (f"{LIBRARY}/_stages/disk.py", *COMMENT, set()),
        (f"{LIBRARY}/_common/files.py", *COMMENT, set()),
        (f"{LIBRARY}/_common/progress.py", 'replace("\\n", " ")', 'replace("\\n", "; ")', set()),
        (f"{LIBRARY}/_common/turn.py", "waiting for", "has to wait for", set()),
        # how long it takes to build
        (f"{LIBRARY}/_store/gobuild.py", "PROCESSES = 2", "PROCESSES = 4", set()),
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


@pytest.mark.parametrize(
    ("edited", "reruns"),
    [
        ("Cargo.lock", SHIM),
        ("src/lib.rs", SHIM),
        ("README.md", set()),
        ("rustfmt.toml", set()),
        ("krustlet/src/main.rs", set()),
    ],
)
def test_an_edit_of_the_sources_in_rust(
    root: Path, copy: Path, edited: str, reruns: set[str]
) -> None:
    before, path = ids(root, copy, RUST), copy / "native/rust" / edited
    path.write_text(path.read_text() + "\n")
    assert changed(before, ids(root, copy, RUST)) == reruns


@pytest.mark.parametrize(
    ("module", "name", "value", "reruns"),
    [
        (programs, "LINKER", ("-s",), GO | OURS | BUILT),
        (programs, "FLAGS", ("-trimpath",), GO | OURS | BUILT),
        (gocommand, "_BUILD", {"GOOS": "plan9"}, GO | OURS | BUILT),
        (rustbuild, "ARGUMENTS", ("--debug",), SHIM),
        (rustbuild, "ENVIRONMENT", {"CC": "cc"}, SHIM),
        (node, "ansible_versions", lambda: {"ansible-core": "2.99"}, NODE),
        (seal, "ansible_versions", lambda: {"ansible-core": "2.99"}, SEAL),
        (packages, "host_tool_digest", lambda _program: "another", NODE | {"packages"}),
    ],
)  # fmt: skip
def test_another_flag_or_tool(
    root: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str,
    value: Any, reruns: set[str],
) -> None:  # fmt: skip
    before = ids(root, copy, RUST)
    monkeypatch.setattr(module, name, value)
    assert changed(before, ids(root, copy, RUST)) == reruns


@pytest.mark.parametrize(
    ("module", "kinds", "name", "change", "reruns"),
    [
        (engines, "ENGINES", "wasmedge", {"overhead": "1Gi"}, NODE),
        (engines, "ENGINES", "wasmedge", {"title": "Another", "limits": {}}, set()),
        (engines, "ENGINES", "wasmer", {"overhead": "1Gi"}, set()),  # not on this image
        (
            general_purpose,
            "ENGINES",
            "wasmedge",
            {"released": "another.so"},
            {"manifest", "checksums"},
        ),
        (general_purpose, "GO_MODULES", "etcd", {"stamps": {"a.b": "c"}}, {"etcd"} | PRELOAD),
        (general_purpose, "GO_MODULES", "etcd", {"tags": ("netgo",)}, {"etcd"} | PRELOAD),
        (general_purpose, "GO_SOURCES", "pause", {"package": "./cmd/other"}, {"pause"} | PRELOAD),
        (general_purpose, "ARCHITECTURES", "amd64", {"consoles": ()}, DISK),
        (general_purpose, "ARCHITECTURES", "amd64", {"qemu": "another"}, set()),
        (
            general_purpose,
            "ARCHITECTURES",
            "amd64",
            {"go": {"GOARCH": "amd64", "GOAMD64": "v3"}},
            GO | OURS | BUILT,
        ),
        (general_purpose, "DISTRIBUTIONS", "debian", {"releases": {"trixie": "14"}}, SEAL),
    ],
)
def test_a_value_of_a_kind_reruns_what_it_shapes(
    root: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, kinds: str,
    name: str, change: dict[str, Any], reruns: set[str],
) -> None:  # fmt: skip
    before, had = ids(root, copy, LOCK), getattr(module, kinds)
    monkeypatch.setattr(module, kinds, {**had, name: dataclasses.replace(had[name], **change)})
    more = {"components"} if reruns & (GO | OURS) else set()
    assert changed(before, ids(root, copy, LOCK)) == reruns | more


ETCD = {**LOCK["go"]["programs"], "etcd": {**module("etcd"), "sum": "h1:z"}}


@pytest.mark.parametrize(
    ("part", "reruns"),
    [
        ({"debian": {**DEBIAN, "node": [deb("b", "4")]}},
         {"packages", "node", "preload", "components"}),
        ({"debian": {**DEBIAN, "tools": [deb("u", "5")]}}, {"tools"}),
        ({"kubernetes": {**KUBERNETES, "etcd": "3.6.9-0"}}, {"preload"}),
        ({"kubernetes": {**KUBERNETES, "pause": "3.99"}}, {"preload", "node"}),
        ({"source_date_epoch": 1}, {"packages", "node", "preload"}),
        ({"go": {**LOCK["go"], "programs": ETCD}}, {"etcd", "preload", "components"}),
        ({"go": {**LOCK["go"], "toolchain": {"version": "go2", "sum": "h1:z"}}},
         {"toolchain", "node", "preload", "components"} | GO | OURS),
    ],
    ids=["node packages", "tools", "images", "pause", "epoch", "module", "toolchain"],
)  # fmt: skip
def test_a_changed_lock_reruns_what_it_feeds(
    root: Path, copy: Path, part: dict[str, Any], reruns: set[str]
) -> None:
    found = changed(ids(root, copy, LOCK), ids(root, copy, {**LOCK, **part}))
    # The sealed tree names the lock.
    assert found == reruns | SEAL


@pytest.mark.parametrize(
    ("line", "reruns"),
    [
        ("outputs: [qcow2, raw]", set()),
        ("machine: {memory: 8192}", set()),
        ("preload: {control_plane: false}", {"preload"}),
        ("customize: {sysctls: {vm.swappiness: 1}}", {"node"}),
        ("customize: {kernel_arguments: [quiet]}", set()),
        ("customize: {files: [{path: /etc/own, source: own}]}", {"node"}),
        ("customize: {images: [{archive: own}]}", {"preload", "components"}),
    ],
)
def test_a_changed_spec_reruns_what_it_feeds(
    copy: Path, tmp_path: Path, line: str, reruns: set[str]
) -> None:
    spec_file = tmp_path / "own.yml"
    (tmp_path / "own").write_text("own\n")
    own = {"path": "", "sha256": "3" * 64, "size": 4, "executable": False}
    lock = {**LOCK, "for": {"sources": {"own": [own]}}}

    def plan(text: str, lock: dict[str, Any]) -> dict[str, str]:
        spec_file.write_text(f'schema: 1\nname: own\nkubernetes: {{version: "1.36.3"}}\n{text}\n')
        made = planning.make_plan(load_spec(spec_file), spec_file, Lock(lock), copy)
        return {stage.name: stage.id for stage in made.stages}

    # The sealed tree names the spec.
    found = changed(plan("", LOCK), plan(line, lock if "own" in line else LOCK))
    assert found == reruns | SEAL


def test_a_maker_sees_one_order_whatever_the_spec_has(copy: Path, tmp_path: Path) -> None:
    spec_file = tmp_path / "own.yml"

    def node_of(sysctls: str) -> tuple[str, list[str]]:
        spec_file.write_text(
            'schema: 1\nname: own\nkubernetes: {version: "1.36.3"}\n'
            f"customize: {{sysctls: {{{sysctls}}}}}\n"
        )
        made = planning.make_plan(load_spec(spec_file), spec_file, Lock(LOCK), copy).stage("node")
        return made.id, list(made.options["customize"]["sysctls"])

    one = node_of("vm.swappiness: 1, vm.overcommit_memory: 1")
    assert one == node_of("vm.overcommit_memory: 1, vm.swappiness: 1")
    assert one[1] == ["vm.overcommit_memory", "vm.swappiness"]
