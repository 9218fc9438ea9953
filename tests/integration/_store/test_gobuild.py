"""From a host without Go to programs that run: the real proxy, checksum database and compiler."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._lock import debian, gomodule
from ansible_collections.vessel.image.plugins.module_utils._store import gobuild, toolchain
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools, build_tools

LOOPBACK = "./plugins/main/loopback"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing fetched, nothing compiled."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Debian's Go out of a tools tree of its own."""
    store, mirrors = Store(cache_root() / "store"), debian.host_mirrors()
    lock = debian.resolve(["base-files"], ["golang-1.24-go", "libc6"], mirrors=mirrors)
    fetch_debs(lock["tools"], store, mirrors=mirrors)
    tree = tmp_path_factory.mktemp("tools") / "tree"
    build_tools(lock["tools"], store, tree)
    return Tools(tree).argv("go")


@pytest.fixture(scope="module")
def goroot(bootstrap: list[str], cache: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/bin:/bin")
        patch.setenv("GOFLAGS", "-mod=vendor")  # the user's flags must not matter
        return toolchain.ensure(gomodule.toolchain(bootstrap, cache), bootstrap, cache)


@pytest.fixture(scope="module")
def plugins(goroot: Path, cache: Path) -> dict[str, Any]:
    return gomodule.resolve("cni-plugins", "1.9.1", goroot, cache)


def test_the_locked_toolchain_runs(goroot: Path) -> None:
    assert subprocess.check_output([goroot / "bin/go", "version"]).startswith(
        b"go version go1.26.8 linux/amd64"
    )
    with pytest.raises(VesselError, match="VES-324"):
        bad = {"version": "go1.26.8", "sum": "h1:" + "A" * 43 + "="}
        toolchain.ensure(bad, [str(goroot / "bin/go")], goroot.parents[2])


def test_a_lock_is_stable(plugins: dict[str, Any], goroot: Path, cache: Path) -> None:
    assert gomodule.resolve("cni-plugins", "v1.9.1", goroot, cache) == plugins
    assert plugins["go_mod"].startswith("module github.com/containernetworking/plugins\n")


def test_no_such_version_names_those_there_are(goroot: Path, cache: Path) -> None:
    with pytest.raises(VesselError, match=r"VES-320(.|\n)*v1\.9\.1"):
        gomodule.resolve("cni-plugins", "1.9.99", goroot, cache)


def test_two_caches_give_the_same_bytes(
    plugins: dict[str, Any], goroot: Path, cache: Path, tmp_path: Path
) -> None:
    locked = {**plugins, "packages": [LOOPBACK]}
    one = gobuild.build("cni-plugins", locked, goroot, Store(cache / "store"), cache)
    two = gobuild.build("cni-plugins", locked, goroot, Store(tmp_path / "store"), tmp_path)
    assert one == two
    program = Store(tmp_path / "store").need(two["loopback"], "loopback")
    shown = subprocess.run([program], capture_output=True, check=True, text=True)
    assert "CNI loopback plugin v1.9.1" in shown.stderr
    assert not any(word in program.read_bytes() for word in (bytes(cache), bytes(tmp_path)))


def test_a_source_that_is_not_locked_is_refused(
    plugins: dict[str, Any], goroot: Path, cache: Path, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    other = {**plugins, "packages": [LOOPBACK], "sum": "h1:" + "A" * 43 + "="}
    with pytest.raises(VesselError, match="VES-324"):
        gobuild.build("cni-plugins", other, goroot, store, cache)
    lines = plugins["go_sum"].replace("github.com/vishvananda/netns", "example.com/gone")
    with pytest.raises(VesselError, match="VES-322"):
        locked = {**plugins, "packages": [LOOPBACK], "go_sum": lines}
        gobuild.build("cni-plugins", locked, goroot, store, cache)


@pytest.mark.skipif(os.geteuid() != 0, reason="a PID namespace of its own needs root")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_pause(root: Path, goroot: Path, cache: Path, ending: signal.Signals) -> None:
    store = Store(cache / "store")
    native = root / "native/go"
    sha256 = gobuild.build_native("pause", native, "./cmd/pause", goroot, store, cache)
    program = store.need(sha256, "pause")
    # As process 1 of a PID namespace it inherits the orphan of a shell that leaves at once.
    start = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-c"]
    script = f"(sh -c 'sleep 0.2 & exit') & exec {program}"
    with subprocess.Popen([*start, script]) as outer:
        try:
            pause = _child_named(outer.pid, program.name[:15])
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
