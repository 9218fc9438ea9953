"""What a spec brings, looked for in a tree before and after it was laid down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._stages.seal import _check_sysctls
from ansible_collections.vessel.image.plugins.module_utils._tree.brought import (
    check_contents,
    check_places,
    resolved,
)


def wanted(tree: Path) -> dict[str, Any]:
    (tree.parent / "source").write_text("from the store\n")
    return {
        "files": [
            {"path": "/etc/own", "content": "x\n", "mode": "0640"},
            {"path": "/bin/tool", "src": str(tree.parent / "source"), "mode": "0755"},
        ],
        "links": {"/etc/link": "own"},
        "directories": {"/srv/data": "2775"},
        "made": {"/srv/empty": "0700"},
    }


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As `wanted` has it, with links as Debian has them."""
    place = tmp_path / "tree"
    for name in ("etc", "usr/bin", "run", "tmp", "var", "srv/data", "srv/empty"):
        (place / name).mkdir(parents=True)
    (place / "srv/data").chmod(0o2775)
    (place / "bin").symlink_to("usr/bin")
    (place / "var/run").symlink_to("/run")
    (place / "etc/own").write_text("x\n")
    (place / "etc/own").chmod(0o640)
    (place / "usr/bin/tool").write_text("from the store\n")
    (place / "usr/bin/tool").chmod(0o755)
    (place / "etc/link").symlink_to("own")
    return place


def test_a_tree_that_holds_it(tree: Path) -> None:
    check_contents(tree, wanted(tree))
    check_places(tree, wanted(tree))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda tree: (tree / "etc/own").unlink(),
            "/etc/own, which `customize` lays down, is gone",
        ),
        (lambda tree: (tree / "etc/own").write_text("y"), "/etc/own.*another content"),
        (lambda tree: (tree / "etc/own").chmod(0o644), "/etc/own.*the mode 0644, not 0640"),
        (lambda tree: (tree / "usr/bin/tool").write_text("y"), "/bin/tool.*another content"),
        (lambda tree: (tree / "etc/link").unlink(), "/etc/link.*no link to own"),
        (lambda tree: (tree / "srv/data").chmod(0o755), "/srv/data.*the mode 0755, not 2775"),
        (lambda tree: (tree / "srv/empty").rmdir(), "/srv/empty.*no directory"),
    ],
)
def test_an_unknown_writer(tree: Path, change: Callable[[Path], Any], says: str) -> None:
    change(tree)
    with pytest.raises(VesselError, match=f"VES-544: {says}"):
        check_contents(tree, wanted(tree))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/var/run/x", "which is /run/x: every start makes /run anew"),
        ("/lock/x", "every start makes /run anew"),
        ("/etc", "a package has a directory there"),
        ("/etc/own/x", "/etc/own is a file of a package"),
        ("/bin", ""),
        ("/etc/link", ""),
        ("/new/a/b", ""),
    ],
)
def test_a_place_that_cannot_be(tree: Path, path: str, says: str) -> None:
    (tree / "lock").symlink_to("var/run/lock")
    given = {"files": [{"path": path}], "links": {}, "directories": {}, "made": {}}
    if says:
        with pytest.raises(VesselError, match=rf"VES-545.*{path}.*{says}"):
            check_places(tree, given)
    else:
        check_places(tree, given)


def test_a_directory_where_a_file_is(tree: Path) -> None:
    given = {"files": [], "links": {}, "directories": {"/etc/own": "0755", "/bin": "0755"},
             "made": {}}  # fmt: skip
    with pytest.raises(VesselError, match="/etc/own, but a package has a file there") as caught:
        check_places(tree, given)
    assert len(caught.value.problems) == 1


def test_a_path_through_links_stays_in_the_tree(tree: Path) -> None:
    (tree / "round").symlink_to("round")
    (tree / "up").symlink_to("../../../../etc")
    assert resolved(tree, "/up/own") == "/etc/own"
    assert resolved(tree, "/bin/tool") == "/usr/bin/tool"
    assert resolved(tree, "/var/run") == "/var/run"
    assert resolved(tree, "/var/run", last=True) == "/run"
    assert resolved(tree, "/round/x") == "/round/x"


def test_a_kernel_parameter_that_another_file_sets(tree: Path) -> None:
    own, other = "etc/sysctl.d/99-vessel-customize.conf", "usr/lib/sysctl.d/99-protect-links.conf"
    for name, value in ((own, 0), (other, 1)):
        (tree / name).parent.mkdir(parents=True)
        (tree / name).write_text(f"fs.protected_fifos = {value}\n")
    _check_sysctls(tree, {"fs.protected_fifos": 0})
    (tree / other).rename(tree / "usr/lib/sysctl.d/99-z.conf")
    with pytest.raises(VesselError, match=r"VES-544.*fs\.protected_fifos = 0, but.*1"):
        _check_sysctls(tree, {"fs.protected_fifos": 0})
