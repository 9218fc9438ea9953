"""Merged trees as a stream: order, precedence, clamping, links, attributes."""

from __future__ import annotations

import io
import os
import socket
import tarfile
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._disk.tar import (
    add_files,
    footprint,
    merge,
    stream,
)

EPOCH = 1_700_000_000


def write(path: Path, text: str, mtime: int = EPOCH - 100) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (mtime, mtime))


def archive(*trees: Path, files: dict[str, str] | None = None) -> tarfile.TarFile:
    buffer = io.BytesIO()
    stream(add_files(merge(trees), files or {}), EPOCH, buffer)
    buffer.seek(0)
    return tarfile.open(fileobj=buffer)


def test_names_are_sorted_with_parents_first(tmp_path: Path) -> None:
    for name in ["b/z", "b-/x", "a", "B", "bé/ü"]:
        write(tmp_path / name, name)
    names = archive(tmp_path).getnames()
    assert names == [".", "./B", "./a", "./b", "./b/z", "./b-", "./b-/x", "./bé", "./bé/ü"]


def test_the_last_tree_wins_and_directories_merge(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write(one / "etc/a", "old")
    write(one / "etc/b", "kept")
    write(two / "etc/a", "new")
    write(two / "var/c", "added")
    (one / "etc").chmod(0o711)
    tar = archive(one, two)
    text = {m.name: tar.extractfile(m).read().decode() for m in tar if m.isreg()}  # type: ignore[union-attr]
    assert text == {"./etc/a": "new", "./etc/b": "kept", "./var/c": "added"}
    assert tar.getmember("./etc").mode == 0o711


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_directory_is_not_laid_over_something_else(tmp_path: Path, kind: str) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    if kind == "link":
        (one / "bin").symlink_to("usr/bin")
    else:
        write(one / "bin", "")
    write(two / "bin/sh", "")
    with pytest.raises(VesselError, match="VES-602: /bin is a directory"):
        merge([one, two])


def test_extra_files_bring_their_directories_and_win(tmp_path: Path) -> None:
    write(tmp_path / "etc/fstab", "old")
    tar = archive(tmp_path, files={"etc/fstab": "new", "boot/grub/grub.cfg": "x"})
    assert tar.extractfile("./etc/fstab").read() == b"new"  # type: ignore[union-attr]
    made = tar.getmember("./boot/grub")
    assert (made.isdir(), made.mode, made.uid, made.mtime) == (True, 0o755, 0, EPOCH)


def test_times_are_clamped_and_owners_numeric(tmp_path: Path) -> None:
    write(tmp_path / "old", "", EPOCH - 5)
    write(tmp_path / "new", "", EPOCH + 5)
    tar = archive(tmp_path)
    assert tar.getmember("./old").mtime == EPOCH - 5
    assert tar.getmember("./new").mtime == EPOCH
    assert {(m.uname, m.gname) for m in tar} == {("", "")}


def test_hard_links_stay_links_and_are_counted_once(tmp_path: Path) -> None:
    write(tmp_path / "b", "x" * 5000)
    os.link(tmp_path / "b", tmp_path / "a")
    tar = archive(tmp_path)
    assert tar.getmember("./a").isreg()
    assert tar.getmember("./b").linkname == "./a"
    assert tar.getmember("./b").islnk()
    assert footprint(merge([tmp_path])) == 4096 + 8192


def test_sockets_are_left_out_and_pipes_kept(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        os.mkfifo(tmp_path / "pipe")
        tar = archive(tmp_path)
    assert tar.getnames() == [".", "./pipe"]
    assert tar.getmember("./pipe").isfifo()


def test_extended_attributes_are_kept_byte_for_byte(tmp_path: Path) -> None:
    write(tmp_path / "é", "")
    value = bytes(range(256))
    try:
        os.setxattr(tmp_path / "é", "user.test", value)
    except OSError:
        pytest.skip("the file system has no user attributes")
    member = archive(tmp_path).getmember("./é")
    kept = member.pax_headers["SCHILY.xattr.user.test"]
    assert kept.encode("utf-8", "surrogateescape") == value


def test_the_stream_does_not_depend_on_directory_order(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    for tree, names in [(one, "abcdefgh"), (two, "hgfedcba")]:
        for name in names:
            write(tree / name, name)
        os.utime(tree, (EPOCH, EPOCH))
    streams = [io.BytesIO(), io.BytesIO()]
    for tree, out in zip([one, two], streams, strict=True):
        stream(merge([tree]), EPOCH, out)
    assert streams[0].getvalue() == streams[1].getvalue()


@pytest.mark.parametrize("text", ["", "longer than before"])
def test_a_file_that_changes_meanwhile_is_an_error(tmp_path: Path, text: str) -> None:
    write(tmp_path / "a", "before")
    entries = merge([tmp_path])
    write(tmp_path / "a", text)
    with pytest.raises(VesselError, match="VES-605"):
        stream(entries, EPOCH, io.BytesIO())


def test_labels_of_the_host_are_not_the_trees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ("security.capability", "system.posix_acl_access", "trusted.x", "user.x")
    every = [*own, "security.selinux", "security.ima", "system.nfs4_acl"]
    monkeypatch.setattr(os, "listxattr", lambda *_args, **_more: every)
    monkeypatch.setattr(os, "getxattr", lambda _path, name, **_more: name.encode())
    (root,) = merge([tmp_path])
    assert root.xattrs == {name: name.encode() for name in own}
