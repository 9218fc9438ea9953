"""Nothing that a package left in a tree leads whoever works on it from outside into the host."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._disk.contents import packages
from ansible_collections.vessel.image.plugins.module_utils._disk.systemd import sysctl_entries
from ansible_collections.vessel.image.plugins.module_utils._disk.tar import merge
from ansible_collections.vessel.image.plugins.module_utils._tree import inside as module
from ansible_collections.vessel.image.plugins.module_utils._tree import packages as installing
from ansible_collections.vessel.image.plugins.module_utils._tree.brought import (
    check_contents,
    check_places,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import Deb
from ansible_collections.vessel.image.plugins.module_utils._tree.images import (
    CA_PACKAGE,
    _certificates,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.inside import Inside
from ansible_collections.vessel.image.plugins.module_utils._tree.mounts import _require_tree
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import LOADERS, Tools

LIBRARY = Path(module.__file__).parents[1]
LONG = "../" * 40


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """What stands for the host: `state` says whether it is as it was."""
    place = tmp_path / "host"
    for name in ("d/file", "d/x.conf", "d/ssh_host_rsa_key", "d/status", "d/status-old", "d/sh"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("secret = 1\n")
    return place


def state(host: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(host)): (path.lstat().st_mode, path.read_bytes())
        for path in sorted(host.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "tree"
    for name in ("etc/ssh", "etc/apt", "var/lib/dpkg", "run", "tmp", "usr/bin", "var/log"):
        (place / name).mkdir(parents=True)
    return place


# How a path of the tree is made to lead to a place of the host.
WAYS: dict[str, Callable[[Path, Path], str]] = {
    "absolute": lambda _tree, host: str(host),
    "relative": lambda _tree, host: LONG + str(host)[1:],
}


def plant(tree: Path, path: str, host: Path, way: str, *, in_the_middle: bool) -> None:
    """Make `path` lead to its namesake of the host: the last of its names, or the one before."""
    where, target = tree / path, host / "d"
    if in_the_middle and "/" in path:
        where = where.parent
    else:
        target /= where.name if (target / where.name).exists() else "file"
    if where.is_dir():
        shutil.rmtree(where)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.symlink_to(WAYS[way](tree, target))


@pytest.fixture(params=[(w, m) for w in WAYS for m in (False, True)], ids=str)
def planted(request: pytest.FixtureRequest, tree: Path, host: Path) -> Callable[[str], None]:
    way, in_the_middle = request.param
    return lambda path: plant(tree, path, host, way, in_the_middle=in_the_middle)


@pytest.mark.parametrize(
    "path",
    [
        *installing.LEFTOVERS,
        *("etc/machine-id", "etc/resolv.conf", "etc/ssh/ssh_host_rsa_key"),
        "var/lib/dpkg/status-old",
    ],
)
def test_cleaning_stays_inside(
    planted: Callable[[str], None], tree: Path, host: Path, path: str
) -> None:
    before = state(host)
    planted(path)
    if (tree / "etc").is_symlink():  # then it has no etc at all, and is refused
        with pytest.raises(VesselError, match="VES-527"):
            installing.clean(tree)
    else:
        installing.clean(tree)
        assert stat.S_ISREG((tree / "etc/machine-id").lstat().st_mode)
    assert state(host) == before


@pytest.mark.parametrize("name", [*installing.EMPTIED, "var", "var/cache", "var/lib"])
def test_emptying_stays_inside(
    planted: Callable[[str], None], tree: Path, host: Path, name: str
) -> None:
    """`var/tmp`, a link to `/tmp`, was enough to remove all that lay in the host's /tmp."""
    (host / "d" / Path(name).name).mkdir(exist_ok=True)
    (host / "d" / Path(name).name / "kept").write_text("x")
    before = state(host)
    planted(name)
    installing.clean(tree)
    assert state(host) == before


def test_a_link_that_stays_inside_is_followed(tree: Path) -> None:
    """The directory has a name that no host has: what is red here must not empty the host's."""
    place = tree / "vessel-test-of-links"
    (tree / "var/tmp").symlink_to(f"/{place.name}")
    (place / "d").mkdir(parents=True)
    (place / "left").write_text("x")
    (place / "link").symlink_to("d")
    installing.clean(tree)
    assert [path.name for path in place.iterdir()] == ["d"]
    assert (tree / "var/tmp").is_symlink()


def test_what_is_planted_deeper_is_removed_and_not_entered(tree: Path, host: Path) -> None:
    before = state(host)
    (tree / "var/log/a").mkdir()
    for number, target in enumerate((host, host / "d", host / "d/file")):
        (tree / f"var/log/a/{number}").symlink_to(target)
    os.mkfifo(tree / "var/log/a/pipe")
    installing.clean(tree)
    assert (state(host), list((tree / "var/log/a").iterdir())) == (before, [])


@pytest.mark.parametrize("path", ["etc/machine-id", "etc/resolv.conf", "etc/hostname"])
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["fifo", "dir"])
def test_something_else_than_a_file_is_replaced(
    tree: Path, path: str, make: Callable[[Path], None]
) -> None:
    make(tree / path)
    installing.clean(tree)
    assert (tree / "etc/machine-id").read_bytes() == b""
    assert (tree / "etc/resolv.conf").is_symlink() and not (tree / "etc/hostname").exists()


def _device(place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("making a device needs root")
    os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # zero: a reader would never end


def _exact(tree: Path) -> None:
    installing.check_exact([], tree)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    "make", [os.mkfifo, _device, Path.mkdir], ids=["fifo", "device", "directory"]
)
def test_what_is_no_file_is_not_read(tree: Path, make: Callable[[Path], None]) -> None:
    """A reader would wait for ever, or read the host's hardware."""
    make(tree / "var/lib/dpkg/status")
    with pytest.raises(VesselError, match=r"VES-527: /?var/lib/dpkg/status"):
        _exact(tree)
    assert packages(merge([tree])) == {}
    for name in ("etc/sysctl.d", "usr/lib/sysctl.d"):
        (tree / name).mkdir(parents=True)
        make(tree / name / "a.conf")
    assert {entry.read() for entry in sysctl_entries(tree)} == {b""}
    make(tree / "etc/own")
    wanted = {"files": [{"path": "/etc/own", "content": "x", "mode": "0644"}], "links": {},
              "directories": {}, "made": {}}  # fmt: skip
    with pytest.raises(VesselError, match=r"VES-544: /etc/own.*no file any more"):
        check_contents(tree, wanted)
    check_places(tree, {**wanted, "files": [{"path": "/etc/other"}]})


@pytest.mark.usefixtures("cache")
def test_dpkgs_list_is_the_trees(planted: Callable[[str], None], tree: Path) -> None:
    planted("var/lib/dpkg/status")
    with pytest.raises(VesselError, match="VES-527"):
        _exact(tree)
    assert packages(merge([tree])) == {}


def test_kernel_parameters_are_the_trees(planted: Callable[[str], None], tree: Path) -> None:
    (tree / "etc/sysctl.d").mkdir()
    planted("etc/sysctl.d/x.conf")
    assert [entry.read() for entry in sysctl_entries(tree)] in ([], [b""])


@pytest.mark.parametrize("kind", ["files", "links", "directories"])
def test_what_a_spec_brings_is_looked_for_in_the_tree(
    planted: Callable[[str], None], tree: Path, host: Path, kind: str
) -> None:
    planted("opt/file")
    (host / "d/file").chmod(0o644)
    values: dict[str, Any] = {
        "files": [{"path": "/opt/file", "content": "secret = 1\n", "mode": "0644"}],
        "links": {"/opt/file": "x"},
        "directories": {"/opt": "0755"},
    }
    wanted: dict[str, Any] = {"files": [], "links": {}, "directories": {}, "made": {}}
    if kind == "directories" and not (tree / "opt").is_symlink():
        values["directories"] = {"/opt/file": "0644"}
    with pytest.raises(VesselError, match="VES-544"):
        check_contents(tree, {**wanted, kind: values[kind]})


def test_certificates_are_the_packages(tree: Path, host: Path) -> None:
    (tree / "DEBIAN").mkdir()
    control = "Version: 1\nArchitecture: all\nMaintainer: a\nDescription: b\n"
    (tree / "DEBIAN/control").write_text(f"Package: {CA_PACKAGE}\n{control}")
    (tree / "usr/x.crt").symlink_to(host / "d/file")
    file = tree.parent / "x.deb"
    subprocess.run(["dpkg-deb", "--build", tree, file], check=True, capture_output=True)
    with pytest.raises(VesselError, match="VES-527"):
        _certificates([Deb(CA_PACKAGE, "1", "all", file)], tree.parent / "unpacked")


def test_a_shell_of_the_hosts_makes_no_tree(tree: Path) -> None:
    for name in ("proc", "sys", "dev"):
        (tree / name).mkdir()
    (tree / "bin").symlink_to("/bin")  # dangles in the tree, and is there on the host
    (tree / "usr").joinpath("bin").rmdir()
    with pytest.raises(VesselError, match=r"VES-922.*bin/sh"):
        _require_tree(tree)


def test_a_tool_is_the_trees(tree: Path, host: Path) -> None:
    loader = tree / LOADERS[os.uname().machine]
    loader.parent.mkdir(parents=True)
    loader.touch()
    (tree / "usr/bin/true").symlink_to("/bin/true")
    (tree / "usr/bin/data").symlink_to(host / "d/file")
    tools = Tools(tree)
    with pytest.raises(VesselError, match="VES-512"):
        tools.argv("true")
    with pytest.raises(VesselError, match="VES-512"):
        tools.file("usr/bin/data")


def test_writing(tree: Path) -> None:
    inside = Inside(tree)
    (tree / "etc/a").symlink_to("ssh")
    inside.write("/etc/a", b"x", 0o600)
    assert (tree / "etc/a").read_bytes() == b"x" and (
        tree / "etc/a"
    ).stat().st_mode & 0o777 == 0o600
    inside.write_link("etc/a", "b")
    assert (inside.link("etc/a"), inside.link("etc"), inside.link("none")) == ("b", None, None)
    inside.remove("etc")
    inside.remove("etc")
    assert inside.names("/") == ["run", "tmp", "usr", "var"]
    with pytest.raises(VesselError, match="VES-527: /etc of the tree is not a directory"):
        inside.write("etc/a", b"")
    with pytest.raises(ValueError, match="no name of its own"):
        inside.remove("/")


def test_a_ring_of_links_is_nothing(tree: Path) -> None:
    (tree / "round").symlink_to("round")
    inside = Inside(tree)
    assert inside.status("round/x") is None and inside.names("round") == []
    assert inside.status("round", follow=True) is None
    with pytest.raises(VesselError, match="VES-527"):
        inside.read("round")


def test_the_kernel_must_know_how(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OPENAT2", 100_000)  # a call that no kernel has
    with pytest.raises(VesselError, match="VES-526"):
        Inside(tree).status("etc")


# A path made of a tree's, which Python would follow out of it.
DIRECT = re.compile(r"\btree(\.(joinpath|glob|rglob|iterdir|walk|open)\(| / )")
ALLOWED = {
    "_tree/tools.py": "of our own packages' names; each path is looked for by `Inside` first",
    "_tree/mounts.py": "mount points, which `_require_tree` has found to be directories",
    "_tree/kept.py": "directories beside the tree",
    "_disk/tar.py": "lstat, and what is below directories that lstat found to be some",
}


def test_nobody_else_makes_paths_of_a_tree() -> None:
    found = {
        path.relative_to(LIBRARY).as_posix()
        for path in LIBRARY.rglob("*.py")
        if DIRECT.search(path.read_text(encoding="utf-8"))
    }
    assert found <= ALLOWED.keys() | {"_tree/inside.py"}
