"""contents.json: every kind of name, once, and the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._disk.contents import (
    STATUS,
    packages,
    render_contents,
)
from ansible_collections.vessel.image.plugins.module_utils._disk.tar import (
    Entry,
    add_files,
    merge,
    stream,
)


def listed(*trees: Path, files: dict[str, str] | None = None) -> dict[str, Any]:
    entries = add_files(merge(trees), files or {})
    data = render_contents(entries, stream(entries, 1, io.BytesIO()))
    found = json.loads(data)
    found["files"] = {file.pop("path"): file for file in found["files"]}
    return dict(found)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_an_empty_tree_is_one_directory(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    found = listed(tmp_path)
    assert (found["schema"], found["packages"], found["units"], found["sysctls"]) == (1, {}, {}, {})
    root = {"type": "directory", "mode": "0755", "uid": os.getuid(), "gid": os.getgid()}
    assert found["files"] == {"/": root}


def test_every_kind_of_file_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "tool").write_bytes(b"x" * 3_000_000)
    (tmp_path / "tool").chmod(0o4755)
    (tmp_path / "link").symlink_to("../to\nnowhere")
    os.mkfifo(tmp_path / "pipe", 0o600)
    files = listed(tmp_path, files={"etc/fstab": "ours"})["files"]
    assert files["/empty"]["sha256"] == sha256(b"")
    tool = files["/tool"]
    assert (tool["mode"], tool["size"]) == ("4755", 3_000_000)
    assert tool["sha256"] == sha256(b"x" * 3_000_000)
    assert (files["/link"]["type"], files["/link"]["target"]) == ("link", "../to\nnowhere")
    assert files["/pipe"]["type"] == "pipe"
    assert files["/etc/fstab"] == {
        **{"type": "file", "mode": "0644", "uid": 0, "gid": 0},
        **{"size": 4, "sha256": sha256(b"ours")},
    }


def test_devices_and_attributes_are_told() -> None:
    null = Entry("dev/null", stat.S_IFCHR | 0o666, device=(1, 3))
    ping = Entry("usr/bin/ping", stat.S_IFREG | 0o755, xattrs={"security.capability": b"\x01\xff"})
    found = json.loads(render_contents([null, ping], {"usr/bin/ping": "5" * 64}))["files"]
    assert found[0] == {
        **{"path": "/dev/null", "type": "character device", "mode": "0666"},
        **{"uid": 0, "gid": 0, "device": "1:3"},
    }
    assert found[1]["attributes"] == {"security.capability": "01ff"}


def test_hard_links_have_one_digest_and_name_the_first(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("shared")
    os.link(tmp_path / "b", tmp_path / "a")
    os.link(tmp_path / "b", tmp_path / "c")
    files = listed(tmp_path)["files"]
    assert {file["sha256"] for path, file in files.items() if path != "/"} == {sha256(b"shared")}
    assert [files[path].get("same_as") for path in ("/a", "/b", "/c")] == [None, "/a", "/a"]


@pytest.mark.parametrize("name", [b"two\nlines", b'quo"te\\', b"not \xff UTF-8", "ü".encode()])
def test_any_name_comes_back_byte_for_byte(tmp_path: Path, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(name)
    files = listed(tmp_path)["files"]
    (path,) = (path for path in files if path != "/")
    assert os.fsencode(path) == b"/" + name
    assert files[path]["sha256"] == sha256(name)


def test_each_file_has_one_line_and_directory_order_does_not_matter(tmp_path: Path) -> None:
    made = []
    for tree, names in [(tmp_path / "1", "abc"), (tmp_path / "2", "cba")]:
        for name in names:
            tree.mkdir(exist_ok=True)
            (tree / name).write_text(name)
        entries = merge([tree])
        made.append(render_contents(entries, stream(entries, 1, io.BytesIO())))
    assert made[0] == made[1]
    assert sum(b'"path":' in line for line in made[0].splitlines()) == 4


def status(*paragraphs: str) -> list[Entry]:
    text = "\n\n".join(paragraphs).encode()
    return [Entry(STATUS, stat.S_IFREG | 0o644, size=len(text), data=text)]


def paragraph(name: str, state: str = "install ok installed", arch: str = "amd64") -> str:
    return (
        f"Package: {name}\nStatus: {state}\nArchitecture: {arch}\nVersion: 1:{len(name)}.0-1\n"
        "Description: words\n Version: 9 is not the field\n"
    )


def test_packages_are_those_that_dpkg_calls_installed() -> None:
    found = packages(
        status(
            paragraph("crun"),
            paragraph("held", "hold ok installed"),
            paragraph("gone", "deinstall ok config-files"),
            paragraph("half", "install reinstreq half-installed"),
            paragraph("libc6"),
            paragraph("libc6", arch="i386"),
        )
    )
    one, libc6 = "1:4.0-1", "1:5.0-1"
    assert found == {"crun": one, "held": one, "libc6": libc6, "libc6:i386": libc6}
    assert packages([]) == packages(status("")) == {}
