"""What a spec fixes, a lock may not change: digests, versions, sources, what is there at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow import locking
from ansible_collections.vessel.image.plugins.module_utils._flow.planning import plan_spec
from ansible_collections.vessel.image.plugins.module_utils._lock import lockfile
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from unit.locked import SUITE, answering, every, other, package, write

SPEC = f"""
schema: 1
name: own
kubernetes: {{version: "1.36.3"}}
wasm:
  runtimes: [wasmtime, wasmer]
  releases: [{{engine: wasmer, url: "https://releases.example/shim", sha256: "{"1" * 64}"}}]
customize:
  packages: [tree, zstd=1.0-1]
  repositories:
    - {{name: own, uri: "https://packages.example", suites: [a], components: [b], key: key}}
  executables:
    - {{path: /usr/bin/one, url: "https://releases.example/one", sha256: "{"2" * 64}"}}
    - {{path: /usr/bin/two, url: "https://releases.example/two", sha256: "{"3" * 64}"}}
"""
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def spec_file(tmp_path: Path, cache: Path) -> Path:
    place = tmp_path / "specs"
    place.mkdir()
    (place / "key").write_text("a key\n")
    (place / "own.yml").write_text(SPEC)
    return place / "own.yml"


def named(lock: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(p for p in lock["debian"]["node"] if p["name"] == name)
    return found


def programs(lock: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = lock["go"]["programs"]
    return found


# How a lock is changed; what is said.
CHANGES: dict[str, tuple[Change, str]] = {
    "digest of an executable": (
        lambda lock: lock["executables"][1].update(sha256="f" * 64), "executables[].sha256` is fff"
    ),
    "address of an executable": (
        lambda lock: lock["executables"][0].update(url="https://other.example/one"),
        "executables[].url` is https://other.example/one in the lock, and https://releases",
    ),
    "place of an executable": (
        lambda lock: lock["executables"][0].update(path="/usr/bin/three"), "executables[].path`"
    ),
    "one executable more": (
        lambda lock: lock["executables"].append({**lock["executables"][0], "path": "/usr/bin/x"}),
        "`executables` is a list of 3 in the lock, and a list of 2 after the spec",
    ),
    "no executables": (lambda lock: lock.pop("executables"), "lacks `executables`"),
    "two executables exchanged": (lambda lock: lock["executables"].reverse(), "executables[].path"),
    "digest of a release": (
        lambda lock: lock["shims"][0].update(sha256="f" * 64), "`shims[].sha256` is fff"
    ),
    "engine of a release": (
        lambda lock: lock["shims"][0].update(engine="wasmtime"), "`shims[].engine` is wasmtime"
    ),
    "address of a release": (lambda lock: lock["shims"][0].update(url="https://o.example/"), "url"),
    "no release": (lambda lock: lock.pop("shims"), "the lock lacks `shims`"),
    "Kubernetes": (
        lambda lock: programs(lock)["kubernetes"].update(version="v1.36.2"),
        "`go.programs.kubernetes.version` is v1.36.2 in the lock, and v1.36.3 after the spec",
    ),
    "containerd": (
        lambda lock: programs(lock)["containerd"].update(version="v2.4.1"), "containerd.version"
    ),
    "the version that images are called after": (
        lambda lock: lock["kubernetes"].update(version="1.36.2"), "`kubernetes.version` is 1.36.2"
    ),
    "etcd": (lambda lock: programs(lock)["etcd"].update(version="v3.6.7"), "version` is v3.6.7"),
    "CoreDNS's tag": (
        lambda lock: lock["kubernetes"].update(coredns="v1.14.1"), "coredns.version` is v1.14.2"
    ),
    "no tag": (lambda lock: lock["kubernetes"].pop("pause"), "the lock lacks `kubernetes.pause`"),
    "no etcd": (lambda lock: programs(lock).pop("etcd"), "lacks `go.programs.etcd`"),
    "a program more": (
        lambda lock: programs(lock).update(other=programs(lock)["etcd"]), "has `go.programs.other`"
    ),
    "a package": (
        lambda lock: lock["debian"]["node"].remove(named(lock, "tree")), "lacks the package tree"
    ),
    "a package of Vessel's": (
        lambda lock: lock["debian"]["node"].remove(named(lock, "openssh-server")),
        "lacks the package openssh-server",
    ),
    "a package's version": (
        lambda lock: named(lock, "zstd").update(version="1.0-2"),
        "the package zstd is 1.0-2 in the lock, and 1.0-1 after the spec",
    ),
    "a package's processor": (
        lambda lock: named(lock, "tree").update(architecture="i386"),
        "the package tree is of the architecture i386, and the spec has all, amd64",
    ),
    "a package's archive": (
        lambda lock: named(lock, "tree").update(archive="repository other"),
        "of the archive repository other, and the spec has debian, debian-security, repository own",
    ),
    "a tool's archive": (
        lambda lock: lock["debian"]["tools"][0].update(archive="repository own"), "repository own,"
    ),
    "a tool": (lambda lock: lock["debian"]["tools"].pop(), "`debian.tools` lacks the package"),
    "a compiler": (lambda lock: lock["debian"].pop("compilers"), "`debian.compilers` lacks"),
    "the release": (lambda lock: lock["debian"].update(release="sid"), "`debian.release` is sid"),
    "the processor": (lambda lock: lock.update(architecture="arm64"), "`architecture` is arm64"),
    "the crates": (lambda lock: lock["rust"].update(cargo_lock="f" * 64), "cargo_lock` is fff"),
    "a program in Rust": (lambda lock: lock["rust"]["versions"].clear(), "lacks `rust.versions."),
    "a version in Rust": (
        lambda lock: lock["rust"]["versions"].update(wasmtime="1"), "versions.wasmtime` is 1 in"
    ),
    "a program in Rust more": (
        lambda lock: lock["rust"]["versions"].update(wasmer="1"), "has `rust.versions.wasmer`"
    ),
    "an image more": (
        lambda lock: lock["kubernetes"].update(other="1"), "the lock has `kubernetes.other`, which"
    ),
    "no programs in Rust": (lambda lock: lock.pop("rust"), "the lock lacks `rust`"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_lock_that_says_otherwise_is_refused(spec_file: Path, root: Path, name: str) -> None:
    change, says = CHANGES[name]
    lock = answering(spec_file, root)
    change(lock)
    path = write(spec_file, lock)
    before = path.read_bytes()
    spec = load_spec(spec_file)
    assert lockfile.is_current(lockfile.read_lock(path), spec, spec_file.parent, root)
    with pytest.raises(VesselError) as locked:
        locking.ensure_lock(spec, spec_file, root, update=False, check=False)
    with pytest.raises(VesselError) as planned:
        plan_spec(spec_file, root, spec_file.parent / "output", keep=False)
    for caught in (locked, planned):
        problem = caught.value.problems[0]
        assert problem.code == "VES-326"
        assert any(says in each.what for each in caught.value.problems)
        assert problem.position and problem.position.file == str(path)
        assert "git checkout" in problem.hint
    assert path.read_bytes() == before


def test_the_line_is_that_of_the_digest(spec_file: Path, root: Path) -> None:
    lock = answering(spec_file, root)
    lock["executables"][1]["sha256"] = "f" * 64
    path = write(spec_file, lock)
    with pytest.raises(VesselError) as caught:
        plan_spec(spec_file, root, spec_file.parent / "output", keep=False)
    place = caught.value.problems[0].position
    assert place
    line = path.read_text().splitlines()[place.line - 1]
    assert line[place.column - 1 :] == f"sha256: {'f' * 64}"


def test_what_is_kept_of_a_stale_lock_is_compared_too(
    spec_file: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = answering(spec_file, root)
    lock["shims"][0]["sha256"] = "f" * 64
    (spec_file.parent / "key").write_text("another key\n")
    lock["for"]["debian"] = lockfile.requirements(load_spec(spec_file), spec_file.parent, root)[
        "debian"
    ]
    write(spec_file, lock)  # the packages were resolved with that key; what lies beside is stale
    before = lockfile.lock_path(spec_file).read_bytes()
    # Nothing is fetched for what is kept; the programs' toolchain would be.
    told = {"kubernetes": lock["kubernetes"]}
    monkeypatch.setattr(locking, "_resolve_go", lambda *_given: (lock["go"], told))
    with pytest.raises(VesselError, match=r"VES-326: `shims\[\].sha256` is fff"):
        locking.ensure_lock(load_spec(spec_file), spec_file, root, update=False, check=False)
    assert lockfile.lock_path(spec_file).read_bytes() == before


def test_what_a_spec_does_not_have_a_lock_does_not_bring(spec_file: Path, root: Path) -> None:
    lock = answering(spec_file, root)
    spec_file.write_text(SPEC.partition("wasm:")[0])
    bare = answering(spec_file, root)
    for part in ("executables", "shims", "rust"):
        write(spec_file, {**bare, part: lock[part]})
        with pytest.raises(VesselError, match=rf"VES-326: the lock has `{part}`, and the spec"):
            locking.ensure_lock(load_spec(spec_file), spec_file, root, update=False, check=False)


def test_a_lock_that_says_what_the_spec_says_is_taken(spec_file: Path, root: Path) -> None:
    lock = answering(spec_file, root)
    lock["debian"]["node"].append(package("libc6", archive="debian-security"))
    lock["go"]["programs"]["crictl"]["version"] = "v1.35.0"  # Vessel's choice, once
    write(spec_file, lock)
    assert plan_spec(spec_file, root, spec_file.parent / "output", keep=False).plan
    kept = locking.ensure_lock(load_spec(spec_file), spec_file, root, update=False, check=False)
    assert not kept.changed


@pytest.mark.parametrize(
    "change", [{"module": "example.com/kubernetes"}, {"packages": ["./cmd/other"]}], ids=str
)
def test_another_recipe_makes_a_lock_stale(
    spec_file: Path, root: Path, change: dict[str, Any]
) -> None:
    """A later Vessel may build others; whoever edits a lock does not choose them."""
    lock = answering(spec_file, root)
    lock["go"]["programs"]["kubernetes"].update(change)
    write(spec_file, lock)
    spec = load_spec(spec_file)
    assert not lockfile.is_current(Lock(lock), spec, spec_file.parent, root)
    told = locking.ensure_lock(spec, spec_file, root, update=False, check=True)
    assert told.why == "this version of Vessel takes other programs"
    assert plan_spec(spec_file, root, spec_file.parent / "output", keep=False).plan is None


# What of a lock shapes no result: where bytes are had and how many they are, as their digest
# decides; and of when an archive was.
SILENT = (
    *(("debian", group, 0, key) for group in ("node", "tools", "compilers")
      for key in ("size", "path")),
    *(("debian", "suites", 0, key) for key in SUITE if key != "components"),
    ("debian", "suites", 0, "components", 0),
    *((part, 0, "size") for part in ("executables", "shims")),
)  # fmt: skip
PROGRAMS = ("kubernetes", "etcd")


def test_each_value_of_a_lock_is_fixed_or_in_an_id(spec_file: Path, root: Path) -> None:
    """The first of each list stands for all of it. The sealed tree names the whole lock, so what
    follows from it does not count."""
    lock = answering(spec_file, root)
    later = {"seal", "disk", "qcow2", "contents", "manifest", "checksums", "components"}

    def made(changed: dict[str, Any]) -> object:
        """Which stages there are; or that the lock is not used."""
        lockfile.lock_path(spec_file).write_text(yaml.safe_dump(changed, sort_keys=False))
        try:
            plan = plan_spec(spec_file, root, spec_file.parent / "output", keep=False).plan
        except VesselError as error:
            return {problem.code for problem in error.problems}
        stages = plan.stages if plan else ()
        return {each.name: each.id for each in stages if each.name not in later}

    before = made(lock)
    assert isinstance(before, dict) and len(before) > 10
    silent = set()
    for steps, value in every(lock):
        first = all(step == 0 for step in steps if isinstance(step, int))
        one = steps[:2] != ("go", "programs") or steps[2:3] == () or steps[2] in PROGRAMS
        if isinstance(value, dict | list) or not first or not one or steps[0] == "for":
            continue
        new = json.loads(json.dumps(lock))
        at = new
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = other(value)
        if made(new) == before:
            silent.add(tuple(0 if isinstance(step, int) else step for step in steps))
    assert silent == set(SILENT)
