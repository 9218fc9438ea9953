"""A spec with the section `release` has its files planned, of what it says and what is locked."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export.release.files import ABOUT
from ansible_collections.vessel.image.plugins.module_utils._flow import planning
from ansible_collections.vessel.image.plugins.module_utils._flow.making import make
from ansible_collections.vessel.image.plugins.module_utils._flow.online import bring
from ansible_collections.vessel.image.plugins.module_utils._lock import lockfile
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan, load, save
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Stage, all_blobs
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._stages import packages
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from unit._export.release.told import VENDORS, bundled, objects
from unit._flow.test_stage_ids import LOCK

SPEC = 'schema: 1\nname: own\nkubernetes: {version: "1.36.3"}\n'
SECTION = "release:\n  build: acme.1\n"
VENDOR = "  vendor:\n    file: vendor.tar.gz\n    sha256: {}\n"
LAID = "customize:\n  files:\n    - {path: /srv/vendor.tar.gz, source: vendor.tar.gz}\n"
NAME, PAPER = "release-metadata", "release-files"


@pytest.fixture(autouse=True)
def _of_its_own(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(packages, "host_tool_digest", lambda _program: "tool")


@pytest.fixture
def vendor(tmp_path: Path) -> str:
    """The bundle beside the spec, as the spec names it."""
    data = bundled(tmp_path / "vendor.tar.gz", VENDORS).read_bytes()
    return VENDOR.format(hashlib.sha256(data).hexdigest())


def planned(root: Path, directory: Path, text: str) -> Plan:
    file = directory / "own.yml"
    file.write_text(text)
    spec = load_spec(file)
    answer = lockfile.requirements(spec, directory, root)
    return planning.make_plan(spec, file, Lock({**copy.deepcopy(LOCK), "for": answer}), root)


def made(plan: Plan) -> Path:
    """What is handed out, made as a build makes it, in another process than the plan."""
    save(plan)
    again = load(plan.id)
    stages = [again.stage(name) for name in (NAME, PAPER)]
    bring(all_blobs(stages), plan.spec_file.parent)
    for stage in stages:
        make(plan.root, stage)
    return kept.place(stages[-1].id)


def others(plan: Plan) -> dict[str, Any]:
    """What the plan has besides: without the spec's own digest, which every image names."""
    return {
        each.name: (each.options, list(each.blobs))
        for each in plan.stages
        if each.name not in (NAME, PAPER, "seal", "manifest", "checksums")
    }


def test_without_the_section_there_is_none(root: Path, tmp_path: Path) -> None:
    without, having = planned(root, tmp_path, SPEC), planned(root, tmp_path, SPEC + SECTION)
    assert NAME not in {each.name for each in without.stages}
    goals = [{each.name for each in plan.goals} for plan in (without, having)]
    assert goals[1] - goals[0] == {PAPER}
    assert others(without) == others(having)


def test_an_ova_is_made_of_its_properties(root: Path, tmp_path: Path) -> None:
    plan = planned(root, tmp_path, f"{SPEC}outputs: [ova]\n{SECTION}")
    assert NAME in {each.name for each in plan.stage("ova").inputs.values()}


def test_its_files(root: Path, tmp_path: Path) -> None:
    plan = planned(root, tmp_path, SPEC + SECTION)
    place = made(plan)
    assert {each.name for each in place.iterdir()} == {*ABOUT, "release.json"}
    image, release = objects(place / "supervisor.yaml")
    assert image["metadata"]["name"] == "debian-13-amd64-v1.36.3---acme.1"
    tags = release["spec"]["kubernetes"]
    for program in ("etcd", "coredns", "pause"):
        assert tags[program] == {"imageTag": LOCK["kubernetes"][program]}
    paper = plan.stage("checksums").inputs["release"]
    assert paper.inputs == {"release": plan.stage(NAME)}


def test_what_it_is_made_of_is_in_its_id(root: Path, tmp_path: Path, vendor: str) -> None:
    def stage(text: str) -> Stage:
        return planned(root, tmp_path, text).stage(NAME)

    begin = stage(SPEC + SECTION)
    assert begin.id == stage(SPEC + SECTION + "preload: {control_plane: false}\n").id
    for text in (
        SPEC + SECTION.replace("acme.1", "acme.2"),
        SPEC + SECTION + "wasm: {runtimes: [wasmedge, wasmtime]}\n",
        SPEC + SECTION + vendor,
    ):
        assert stage(text).id != begin.id
    assert "roles/wasm_runtimes/templates" in " ".join(begin.parts)


def test_the_vendors_bundle(root: Path, tmp_path: Path, vendor: str) -> None:
    plan = planned(root, tmp_path, SPEC + SECTION + vendor)
    assert plan.beside == ("vendor.tar.gz",)  # another content is another lock, and no receipt
    blob = plan.stage(NAME).blobs["vendor"]
    assert blob.origin == {"beside": "vendor.tar.gz"} and blob.sha256 in vendor
    image, _release = objects(made(plan) / "supervisor.yaml")
    assert image["metadata"]["name"] == "debian-13-amd64-v1.36.3---vmware.2-acme.1"


def test_the_bundle_is_in_the_tree_only_where_it_is_laid_down(
    root: Path, tmp_path: Path, vendor: str
) -> None:
    for text, there in ((SPEC, False), (SPEC + LAID, True)):
        plan = planned(root, tmp_path, text + SECTION + vendor)
        for name in ("node", "seal"):
            found = "vendor.tar.gz" in plan.stage(name).blobs
            assert found == there


def test_a_bundle_with_another_digest(root: Path, tmp_path: Path, vendor: str) -> None:
    (tmp_path / "vendor.tar.gz").write_bytes(b"another")
    with pytest.raises(VesselError) as caught:
        planned(root, tmp_path, SPEC + SECTION + vendor)
    (problem,) = caught.value.problems
    found = hashlib.sha256(b"another").hexdigest()
    assert problem.code == "VES-890" and found in problem.what
    assert problem.position is not None and problem.position.line == 8
