"""The store is filled and online stages are made: who waits for whom, and what stays."""

from __future__ import annotations

import fcntl
import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.turn import turn
from ansible_collections.vessel.image.plugins.module_utils._flow import cache as pruning
from ansible_collections.vessel.image.plugins.module_utils._flow import journal
from ansible_collections.vessel.image.plugins.module_utils._flow import online as module
from ansible_collections.vessel.image.plugins.module_utils._flow.making import make, the_store
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Blob, Stage, Work
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from unit.stages import keep, plan_of, small, write_name

DATA = b"released"
SHA256 = hashlib.sha256(DATA).hexdigest()


class Answer(BaseHTTPRequestHandler):
    """Gives the same file for every path, and counts."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """The URL of a server on the loopback interface, and the paths that it was asked for."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    handler = type("Handler", (Answer,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/file", handler.asked
        server.shutdown()
        thread.join()


def blob(data: bytes, **origin: str) -> dict[str, Blob]:
    return {"given": Blob(hashlib.sha256(data).hexdigest(), len(data), "given", origin)}


def test_a_blob_by_its_url_is_fetched_once(
    cache: Path, tmp_path: Path, asked: tuple[str, list[str]]
) -> None:
    url, paths = asked
    plan = plan_of(small("release", blobs=blob(DATA, url=url)))
    for _ in range(2):
        assert module.fill(plan) == []  # an offline stage: the sandbox makes it
        assert the_store().need(SHA256, "it").read_bytes() == DATA
    assert paths == ["/file"]
    assert not kept.is_kept(plan.goals[0].id)


def test_a_blob_with_other_bytes_is_refused(cache: Path, asked: tuple[str, list[str]]) -> None:
    plan = plan_of(small("release", blobs=blob(b"reLeased", url=asked[0])))
    with pytest.raises(VesselError, match="VES-402"):
        module.fill(plan)
    assert the_store().blobs() == []


def test_what_only_a_kept_result_was_made_of_is_not_fetched(
    cache: Path, asked: tuple[str, list[str]]
) -> None:
    plan = plan_of(small("release", blobs=blob(DATA, url=asked[0])))
    keep(plan.goals[0])
    assert module.fill(plan) == []
    assert asked[1] == []


@pytest.fixture
def beside(tmp_path: Path) -> Plan:
    """The plan of a spec that names a file in a directory beside itself."""
    (tmp_path / "site/files").mkdir(parents=True)
    (tmp_path / "site/files/motd").write_text("welcome\n")
    given = blob(b"welcome\n", beside="site/files/motd")
    return plan_of(small("node", blobs=given), spec_file=tmp_path / "own.yml")


def test_what_lies_beside_the_spec_is_brought(cache: Path, beside: Plan) -> None:
    module.fill(beside)
    (given,) = beside.goals[0].blobs.values()
    assert the_store().need(given.sha256, "it").read_text() == "welcome\n"


def test_what_was_edited_meanwhile_is_refused(cache: Path, tmp_path: Path, beside: Plan) -> None:
    (tmp_path / "site/files/motd").write_text("go away\n")
    with pytest.raises(VesselError, match=r"VES-402: .*site/files/motd is not what the lock"):
        module.fill(beside)
    assert the_store().blobs() == []


def test_what_was_removed_meanwhile_is_an_error_that_names_it(
    cache: Path, tmp_path: Path, beside: Plan
) -> None:
    (tmp_path / "site/files/motd").unlink()
    with pytest.raises(VesselError, match=r"VES-403: .*site/files/motd"):
        module.fill(beside)


# -- online stages ---------------------------------------------------------------------------------


def held(cache: Path) -> set[str]:
    """The names of the turns that somebody has."""
    names = set()
    for path in (cache / "locks").glob("*"):
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                names.add(path.name)
    return names


class Watched:
    """Makers that note what was made, and which turns were had then."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.seen: dict[str, set[str]] = {}

    def make(self, work: Work) -> None:
        self.seen[work.options["name"]] = held(self.cache)
        write_name(work)

    def together(self, works: Sequence[Work]) -> Iterator[Work]:
        for work in works:
            self.make(work)
            yield work

    def stage(self, name: str, *inputs: Stage, **kind: Any) -> Stage:
        return small(name, *inputs, make=self.make, options={"name": name}, **kind)

    def plan(self) -> Plan:
        """An image with a Go program and one in Rust, each with its compilers."""
        tools, compilers = self.stage("tools"), self.stage("compilers")
        rust = {"kind": "rust", "turn": "rust", "together": self.together, "online": True}
        goroot = self.stage("goroot", tools, online=True)
        built = [self.stage("shim", compilers, **rust), self.stage("etcd", goroot, online=True)]
        return plan_of(self.stage("node", *built))


@pytest.fixture
def watched(cache: Path) -> Watched:
    return Watched(cache)


def test_each_is_made_in_its_own_turn(watched: Watched) -> None:
    """A Rust build keeps nobody from the rest. The offline stages are left to the sandbox, but for
    those that online ones are made of."""
    plan = watched.plan()
    assert module.fill(plan) == ["compilers", "tools", "goroot", "etcd", "shim"]
    assert watched.seen == {
        **{name: {"store"} for name in ("compilers", "tools", "goroot", "etcd")},
        "shim": {"rust"},
    }
    cached = {row["name"]: row["cached"] for row in journal.rows(plan)}
    assert cached == {**dict.fromkeys(watched.seen, False), "node": True}


def test_what_is_there_is_not_made_again(watched: Watched) -> None:
    plan = watched.plan()
    module.fill(plan)
    watched.seen.clear()
    assert module.fill(plan) == []
    assert watched.seen == {}


def test_a_program_that_is_kept_needs_no_compilers(watched: Watched) -> None:
    plan = watched.plan()
    for name in ("shim", "etcd"):
        keep(plan.stage(name))
    assert module.fill(plan) == []


def test_what_only_a_kept_tool_was_made_of_is_not_made(watched: Watched) -> None:
    plan = watched.plan()
    for name in ("goroot", "shim"):
        keep(plan.stage(name))
    assert module.fill(plan) == ["etcd"]


def test_what_another_build_made_meanwhile_is_taken(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = watched.plan()

    def wait(name: str, who: str) -> Any:
        if name == "rust" and "shim" not in watched.seen:
            make(plan.root, plan.stage("shim"))
        return turn(name, who)

    monkeypatch.setattr(module, "turn", wait)
    assert module.fill(plan) == ["compilers", "tools", "goroot", "etcd"]
    assert watched.seen["shim"] == set()  # not made again, in its turn


def test_pruning_waits_for_all(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(pruning, "items", lambda: seen.append(held(cache)) or [])
    pruning.prune(0, None)
    assert seen == [{"store", "rust", "stages"}]


def test_of_what_is_made_together_the_whole_ones_stay(cache: Path) -> None:
    def together(works: Sequence[Work]) -> Iterator[Work]:
        for work in works:
            if work.options["name"] == "b":
                raise VesselError.of("VES-411", "b does not build", "Mend it.")
            write_name(work)
            yield work

    more = {"kind": "rust", "turn": "rust", "online": True, "together": together}
    shims = [small(name, options={"name": name}, **more) for name in ("a", "b")]
    plan = plan_of(small("node", *shims))
    with pytest.raises(VesselError, match="VES-411: b does not build"):
        module.fill(plan)
    assert [kept.is_kept(each.id) for each in shims] == [True, False]


def test_a_failed_stage_ends_it_and_those_before_it_stay(watched: Watched) -> None:
    plan = watched.plan()

    def fail(work: Work) -> None:
        raise VesselError.of("VES-411", "etcd does not build", "Mend it.")

    etcd = plan.stage("etcd")
    bad = replace(etcd, kind=replace(etcd.kind, make=fail))
    with pytest.raises(VesselError, match="VES-411"):
        module.fill(plan_of(small("node", bad, plan.stage("shim"))))
    assert kept.is_kept(plan.stage("goroot").id)
    assert not kept.is_kept(plan.stage("shim").id)


def test_one_stage_is_ensured_with_all_it_needs(watched: Watched, tmp_path: Path) -> None:
    plan = watched.plan()
    assert module.ensure(tmp_path, plan.stage("goroot")) == kept.place(plan.stage("goroot").id)
    assert list(watched.seen) == ["tools", "goroot"]
    watched.seen.clear()
    module.ensure(tmp_path, plan.stage("goroot"))
    assert watched.seen == {}


@pytest.mark.parametrize("size", [len(DATA) - 1, 1])
def test_what_is_longer_than_locked_is_not_taken(
    cache: Path, tmp_path: Path, asked: tuple[str, list[str]], size: int
) -> None:
    wanted = Blob(SHA256, size, "given", {"url": asked[0]})
    with pytest.raises(VesselError, match="VES-405"):
        module.bring([wanted], tmp_path)
    assert the_store().path(SHA256) is None


def test_a_file_that_was_edited_since_it_was_locked_is_not_taken(
    cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "own").write_bytes(b"edited")
    with pytest.raises(VesselError, match="VES-402"):
        module.bring(blob(DATA, beside="own").values(), tmp_path)
    assert list(the_store().blobs()) == []
    (tmp_path / "own").write_bytes(DATA)
    module.bring(blob(DATA, beside="own").values(), tmp_path)
    assert the_store().path(SHA256)
