"""From a host without Go to programs that run: the real proxy, checksum database and compiler."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._flow.making import make, the_store
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
    BUILDER,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import (
    GO_MODULES,
    GO_SOURCES,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian, gomodule
from ansible_collections.vessel.image.plugins.module_utils._lock.gocommand import Go
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Stage
from ansible_collections.vessel.image.plugins.module_utils._stages.go_module import go_module
from ansible_collections.vessel.image.plugins.module_utils._stages.go_source import go_source
from ansible_collections.vessel.image.plugins.module_utils._stages.toolchain import toolchain
from ansible_collections.vessel.image.plugins.module_utils._stages.tools import tools
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

LOOPBACK = "./plugins/main/loopback"
PLUGINS = GO_MODULES["cni-plugins"]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of this file's tests: no module fetched, nothing compiled."""
    place = tmp_path_factory.mktemp("cache")
    (place / "store").symlink_to(cache_root() / "store")
    return place


@pytest.fixture(autouse=True, scope="module")
def in_it(cache: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VESSEL_CACHE", str(cache))
        yield
    shutil.rmtree(cache)  # modules are large


@pytest.fixture(scope="module")
def unpacked(in_it: None) -> Stage:
    """Debian's Go in a tools tree of its own."""
    mirrors = debian.host_mirrors()
    lock = debian.resolve(["base-files"], ["golang-1.24-go", "libc6"], mirrors=mirrors)
    stage = tools(ROOT, lock["tools"])
    fetch_debs(stage.blobs.values(), the_store(), mirrors=mirrors)
    make(ROOT, stage)
    return stage


@pytest.fixture(scope="module")
def locked_toolchain(unpacked: Stage, cache: Path) -> dict[str, str]:
    return gomodule.toolchain(Tools(kept.place(unpacked.id)).argv("go"), cache)


@pytest.fixture(scope="module")
def goroot(locked_toolchain: dict[str, str], unpacked: Stage) -> Stage:
    stage = toolchain(ROOT, locked_toolchain, tools=unpacked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/bin:/bin")
        patch.setenv("GOFLAGS", "-mod=vendor")  # the user's flags must not matter
        make(ROOT, stage)
    return stage


@pytest.fixture(scope="module")
def go(goroot: Stage, cache: Path) -> Go:
    return Go.of(kept.place(goroot.id), cache, {})


@pytest.fixture(scope="module")
def plugins(go: Go) -> dict[str, Any]:
    return gomodule.resolve(PLUGINS, "1.9.1", go)


def loopback(locked: dict[str, Any], goroot: Stage) -> Stage:
    """The stage of one plugin."""
    one = {**locked, "packages": [LOOPBACK]}
    return go_module(ROOT, PLUGINS, one, toolchain=goroot, architecture=ARCHITECTURES[BUILDER])


def test_the_locked_toolchain_runs(
    goroot: Stage, locked_toolchain: dict[str, str], unpacked: Stage
) -> None:
    place = kept.place(goroot.id)
    assert subprocess.check_output([place / "bin/go", "version"]).startswith(
        b"go version go1.26.8 linux/amd64"
    )
    bad = toolchain(ROOT, {**locked_toolchain, "sum": "h1:" + "A" * 43 + "="}, tools=unpacked)
    with pytest.raises(VesselError, match="VES-324"):
        make(ROOT, bad)
    assert not kept.is_kept(bad.id)


def test_a_lock_is_stable(plugins: dict[str, Any], go: Go) -> None:
    assert gomodule.resolve(PLUGINS, "v1.9.1", go) == plugins
    assert plugins["go_mod"].startswith("module github.com/containernetworking/plugins\n")


def test_no_such_version_names_those_there_are(go: Go) -> None:
    with pytest.raises(VesselError, match=r"VES-320(.|\n)*v1\.9\.1"):
        gomodule.resolve(PLUGINS, "1.9.99", go)


def test_two_caches_give_the_same_bytes(
    plugins: dict[str, Any],
    goroot: Stage,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = loopback(plugins, goroot)
    make(ROOT, stage)
    one = kept.place(stage.id)
    monkeypatch.setenv("VESSEL_CACHE", str(tmp_path))
    kept.place(goroot.id).parent.mkdir(parents=True)
    kept.place(goroot.id).symlink_to(cache / "stages" / goroot.id / "result")
    make(ROOT, stage)
    two = kept.place(stage.id)
    assert one != two
    assert [path.name for path in one.iterdir()] == [path.name for path in two.iterdir()]
    program = two / "loopback"
    assert (one / "loopback").read_bytes() == program.read_bytes()
    shown = subprocess.run([program], capture_output=True, check=True, text=True)
    assert "CNI loopback plugin v1.9.1" in shown.stderr
    assert not any(word in program.read_bytes() for word in (bytes(cache), bytes(tmp_path)))


def test_a_program_is_called_as_its_recipe_says(plugins: dict[str, Any], goroot: Stage) -> None:
    other = replace(PLUGINS, names={"loopback": "lo"})
    one = {**plugins, "packages": [LOOPBACK]}
    stage = go_module(ROOT, other, one, toolchain=goroot, architecture=ARCHITECTURES[BUILDER])
    make(ROOT, stage)
    assert [path.name for path in kept.place(stage.id).iterdir()] == ["lo"]


def test_a_source_that_is_not_locked_is_refused(plugins: dict[str, Any], goroot: Stage) -> None:
    other = loopback({**plugins, "sum": "h1:" + "A" * 43 + "="}, goroot)
    with pytest.raises(VesselError, match="VES-324"):
        make(ROOT, other)
    lines = plugins["go_sum"].replace("github.com/vishvananda/netns", "example.com/gone")
    lacking = loopback({**plugins, "go_sum": lines}, goroot)
    with pytest.raises(VesselError, match="VES-322"):
        make(ROOT, lacking)
    assert not kept.is_kept(other.id) and not kept.is_kept(lacking.id)


@pytest.mark.skipif(os.geteuid() != 0, reason="a PID namespace of its own needs root")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_pause(goroot: Stage, ending: signal.Signals) -> None:
    stage = go_source(
        ROOT, GO_SOURCES["pause"], toolchain=goroot, architecture=ARCHITECTURES[BUILDER]
    )
    if not kept.is_kept(stage.id):
        make(ROOT, stage)
    program = kept.place(stage.id) / "pause"
    # As process 1 of a PID namespace it inherits the orphan of a shell that leaves at once.
    start = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-c"]
    script = f"(sh -c 'sleep 0.2 & exit') & exec {program}"
    with subprocess.Popen([*start, script]) as outer:
        try:
            pause = _child_named(outer.pid, "pause")
            _wait(lambda: not _children(pause))
            os.kill(pause, ending)
            assert outer.wait(10) == 0
        finally:
            outer.kill()


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _child_named(pid: int, name: str) -> int:
    def found() -> list[int]:
        return [
            child
            for child in _children(pid)
            if Path(f"/proc/{child}/comm").read_text()[:-1] == name
        ]

    _wait(found)
    return found()[0]


def _wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
