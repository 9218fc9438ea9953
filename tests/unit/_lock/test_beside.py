from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock import beside


def test_a_file_and_a_directory(tmp_path: Path) -> None:
    (tmp_path / "motd").write_text("hello\n")
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/run").write_text("#!/bin/sh\n")
    (tree / "bin/run").chmod(0o755)
    (tree / "a").write_bytes(b"")
    found = beside.digests(tmp_path, ["motd", "tree"])
    assert [entry["path"] for entry in found["motd"]] == [""]
    assert found["motd"][0]["size"] == 6
    assert [(e["path"], e["executable"]) for e in found["tree"]] == [
        ("a", False),
        ("bin/run", True),
    ]


def test_what_comes_along_with_a_directory(tmp_path: Path) -> None:
    """Modes, links, empty directories, hidden and cached files: nothing is dropped."""
    tree = tmp_path / "tree"
    for name in ("empty", "private", "spool", "usual", ".git"):
        (tree / name).mkdir(parents=True)
    (tree / "private").chmod(0o700)
    (tree / "spool").chmod(0o1777)
    for name, mode in (
        ("key", 0o600), ("of-umask-002", 0o664), ("program-of-umask-002", 0o775), ("set", 0o4755),
        ("usual/a", 0o644), ("usual/b", 0o755), (".DS_Store", 0o644), ("m.pyc", 0o644),
        (".git/config", 0o640),
    ):  # fmt: skip
        (tree / name).write_bytes(b"")
        (tree / name).chmod(mode)
    (tree / "absolute").symlink_to("/etc/passwd")
    (tree / "dangling").symlink_to("no/such/file")
    (tree / "to-a-directory").symlink_to("usual")
    found = {each.pop("path"): each for each in beside.digests(tmp_path, ["tree"])["tree"]}
    files = {path: each.get("mode") for path, each in found.items() if "sha256" in each}
    assert files == {
        "key": "0600", "of-umask-002": None, "program-of-umask-002": None, "set": "4755",
        "usual/a": None, "usual/b": None, ".DS_Store": None, "m.pyc": None, ".git/config": "0640",
    }  # fmt: skip
    others = {path: each for path, each in found.items() if "sha256" not in each}
    assert others == {
        "absolute": {"link": "/etc/passwd"},
        "dangling": {"link": "no/such/file"},
        "to-a-directory": {"link": "usual"},
        "empty": {"mode": "0755"},
        "private": {"mode": "0700"},
        "spool": {"mode": "1777"},
    }


def test_a_role_is_plain_files(tmp_path: Path) -> None:
    tree = tmp_path / "role"
    (tree / "tasks").mkdir(parents=True)
    (tree / "tasks/main.yml").write_text("")
    (tree / "tasks/main.yml").chmod(0o600)
    (tree / "files").mkdir()
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__/x.pyc").write_bytes(b"")
    [found] = beside.digests(tmp_path, ["role"], ["role"])["role"]
    assert found["path"] == "tasks/main.yml" and "mode" not in found
    (tree / "link").symlink_to("/etc")
    with pytest.raises(VesselError, match=r"VES-311.*role/link is a link, in a role"):
        beside.digests(tmp_path, ["role"], ["role"])


@pytest.mark.parametrize("kind", ["pipe", "name", "link", "target", "directory", "right"])
def test_what_cannot_be_kept_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    if kind == "pipe":
        os.mkfifo(tree / "odd")
    elif kind == "name":
        Path(os.fsdecode(bytes(tree) + b"/odd\xff")).write_text("")
    elif kind == "link":
        Path(os.fsdecode(bytes(tree) + b"/odd\xff")).symlink_to("a")
    elif kind == "target":
        (tree / "odd").symlink_to(os.fsdecode(b"a\xff"))
    elif kind == "directory":
        Path(os.fsdecode(bytes(tree) + b"/odd\xff")).mkdir()
    else:
        (tree / "odd").write_text("")
        try:
            # vfs_cap_data, revision 2: cap_net_bind_service, permitted and effective.
            os.setxattr(tree / "odd", "security.capability",
                        struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0))  # fmt: skip
        except OSError:
            pytest.skip("needs root, and a file system with attributes")
    with pytest.raises(VesselError, match=r"VES-311.*tree/odd"):
        beside.digests(tmp_path, ["tree"])
