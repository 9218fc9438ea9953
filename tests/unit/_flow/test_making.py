"""What has to be made, and what a maker is handed."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow import making
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Blob, Stage, Work
from ansible_collections.vessel.image.plugins.module_utils._store import quick
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from unit.stages import keep, small, write_name

TOOLS = small("tools")
PACKAGES = small("packages")
NODE = small("node", PACKAGES)
DISK = small("disk", TOOLS, NODE)
QCOW2 = small("qcow2", TOOLS, DISK)
MANIFEST = small("manifest", QCOW2)


def missing(*goals: Stage) -> list[str]:
    return [stage.name for stage in making.missing(goals)]


def test_without_any_result_all_is_missing_inputs_first(cache: Path) -> None:
    everything = ["tools", "packages", "node", "disk", "qcow2", "manifest"]
    assert missing(QCOW2, MANIFEST) == everything
    assert missing(MANIFEST) == everything


def test_what_only_a_kept_result_was_made_of_is_not_needed(cache: Path) -> None:
    keep(NODE)
    assert missing(MANIFEST) == ["tools", "disk", "qcow2", "manifest"]
    keep(DISK)
    assert missing(MANIFEST) == ["tools", "qcow2", "manifest"]  # tools are wanted by qcow2, too
    keep(QCOW2)
    assert missing(QCOW2, MANIFEST) == ["manifest"]
    assert missing(QCOW2) == []


def test_a_result_that_is_there_is_not_made_again_when_what_it_was_made_of_is_gone(
    cache: Path,
) -> None:
    for each in (PACKAGES, NODE):
        keep(each)
    kept.forget(PACKAGES.id)
    assert missing(NODE) == []


def test_use_keeps_results_young(cache: Path) -> None:
    for each in (NODE, DISK):
        keep(each)
        os.utime(kept.stages_root() / each.id, (1, 1))
    missing(QCOW2)  # a look is no use
    assert (kept.stages_root() / DISK.id).stat().st_mtime == 1
    making.touch([DISK, QCOW2])
    assert (kept.stages_root() / DISK.id).stat().st_mtime > time.time() - 60
    assert (kept.stages_root() / NODE.id).stat().st_mtime == 1


def test_a_maker_sees_options_inputs_and_blobs(cache: Path, tmp_path: Path) -> None:
    seen: list[Work] = []

    def make(work: Work) -> None:
        seen.append(work)
        assert (work.inputs["tools"] / "bin").read_bytes() == b"program"
        assert work.blobs["given"].read_bytes() == b"bytes"
        assert list(work.place.iterdir()) == []
        write_name(work)

    keep(TOOLS, bin=b"program")
    (tmp_path / "given").write_bytes(b"bytes")
    sha256 = making.the_store().add_file(tmp_path / "given")
    blobs = {"given": Blob(sha256, 5, "given", {"beside": "given"})}
    stage = small("own", TOOLS, make=make, options={"a": 1}, blobs=blobs)
    assert making.make(tmp_path, stage) >= 0
    assert kept.is_kept(stage.id)
    assert (kept.place(stage.id) / "id").read_text() == stage.id
    (work,) = seen
    assert (work.options, work.identity, work.root) == ({"a": 1}, stage.id, tmp_path)
    assert (work.inputs.keys(), work.blobs.keys()) == ({"tools"}, {"given"})


def test_a_maker_that_fails_leaves_nothing(cache: Path, tmp_path: Path) -> None:
    def make(work: Work) -> None:
        write_name(work)
        raise VesselError.of("VES-102", "it broke", "Mend it.")

    stage = small("own", make=make)
    with pytest.raises(VesselError, match="it broke"):
        making.make(tmp_path, stage)
    assert not kept.is_kept(stage.id)
    assert list((kept.stages_root() / stage.id).iterdir()) == []


def test_a_blob_that_is_not_there_is_named(cache: Path, tmp_path: Path) -> None:
    stage = small("own", blobs={"given": Blob("a" * 64, 1, "zlib1g", {})})
    with pytest.raises(VesselError, match="VES-401: the store has no zlib1g"):
        making.make(tmp_path, stage)


def test_a_damaged_result_of_the_online_half_is_not_used(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_sound", set())
    built = small("kubernetes", online=True)
    keep(built, kubelet=b"program")
    user = small("node", built)
    making.make(tmp_path, user)
    kept.forget(user.id)
    monkeypatch.setattr(kept, "_sound", set())  # as in the next process
    (kept.place(built.id) / "kubelet").write_bytes(b"progrAm")
    with pytest.raises(VesselError, match="VES-406: the cache's copy of kubernetes was damaged"):
        making.make(tmp_path, user)
    assert not kept.is_kept(built.id)


def test_what_an_offline_half_needs_is_named(cache: Path) -> None:
    built = small("kubernetes", online=True)
    with pytest.raises(VesselError, match=r"VES-112: .*: kubernetes\n"):
        making.need(built)
    keep(built)
    making.need(built)


def test_packages_come_in_the_form_that_unpacks_quickly(cache: Path, tmp_path: Path) -> None:
    """Where there is one, and for the stages that want it."""
    store = making.the_store()
    blobs = {}
    for name, origin in (("deb", {"archive": "debian"}), ("file", {"beside": "file"})):
        (tmp_path / name).write_text(name)
        blobs[name] = Blob(store.add_file(tmp_path / name), 4, name, origin)
    (tmp_path / "quick").write_text("quick")
    key = quick._key(blobs["deb"].sha256)
    store.put_record(key, {"deb": store.add_file(tmp_path / "quick")})
    seen: dict[str, str] = {}

    def make(work: Work) -> None:
        seen.update({name: path.read_text() for name, path in work.blobs.items()})

    for wants, found in ((True, "quick"), (False, "deb")):
        making.make(tmp_path, small(f"own {wants}", make=make, blobs=blobs, quick=wants))
        assert seen == {"deb": found, "file": "file"}


def one_after_another(works: Sequence[Work]) -> Iterator[Work]:
    for work in works:
        if "fails" in work.options:
            raise VesselError.of("VES-411", "it does not build", "Mend it.")
        write_name(work)
        yield work


def crates(*names: str, fails: str = "") -> list[Stage]:
    """Stages of one kind that makes them together; the one called `fails` does."""
    more = {"kind": "crate", "online": True, "together": one_after_another}
    return [small(each, options={"fails": 1} if each == fails else {}, **more) for each in names]


def test_stages_that_are_made_together(cache: Path, tmp_path: Path) -> None:
    first, second = crates("a", "b")
    assert list(making.make_together(tmp_path, [first, second])) == [first.id, second.id]
    for stage in (first, second):
        assert (kept.place(stage.id) / "id").read_text() == stage.id
    assert json.loads((cache / "runs/last.json").read_text()).keys() == {"a", "b"}


def test_each_is_kept_as_soon_as_it_is_whole(cache: Path, tmp_path: Path) -> None:
    first, second, third = crates("a", "b", "c", fails="b")
    with pytest.raises(VesselError, match="it does not build"):
        making.make_together(tmp_path, [first, second, third])
    assert [kept.is_kept(each.id) for each in (first, second, third)] == [True, False, False]
    assert missing(first, second, third) == ["b", "c"]


def test_it_is_told_how_long_a_stage_took_last_time(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(making, "report", said.append)
    (cache / "runs").mkdir()
    (cache / "runs/last.json").write_text('{"disk": 7.0, "etcd": 9.0}')
    making.make(tmp_path, small("disk"))
    making.make(tmp_path, replace(small("seal"), id=hashlib.sha256(b"seal").hexdigest()))
    assert said[0] == "disk: make disk (7 s last time)"
    assert said[1].startswith("disk: done after 0.")
    assert said[2] == "seal: make seal"
    assert json.loads((cache / "runs/last.json").read_text()).keys() == {"disk", "etcd", "seal"}
