"""A Debian package's file is read as deb(5) says, whatever compresses its parts."""

from __future__ import annotations

import gzip
import lzma
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._store.debfile import (
    HEADER,
    MAGIC,
    control,
    members,
)

CONTROL = (
    "Package: p\nVersion: 1:2-3\nArchitecture: all\nMaintainer: a <a@b.example>\n"
    "Description: short\n long, naïve\n"
)


def make(place: Path, compression: str = "xz") -> Path:
    (place / "tree/DEBIAN").mkdir(parents=True)
    (place / "tree/DEBIAN/control").write_text(CONTROL)
    (place / "tree/usr").mkdir()
    (place / "tree/usr/file").write_bytes(b"x" * 12345)
    deb = place / "p.deb"
    argv = ["dpkg-deb", f"-Z{compression}", "--root-owner-group", "--build", place / "tree", deb]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return deb


@pytest.mark.parametrize(
    ("compression", "ending", "plain"),
    [("xz", ".xz", lzma.decompress), ("gzip", ".gz", gzip.decompress), ("none", "", bytes)],
)
def test_control_data_and_members(
    tmp_path: Path, compression: str, ending: str, plain: Callable[[bytes], bytes]
) -> None:
    deb = make(tmp_path, compression)
    assert control(deb) == CONTROL.strip()
    found = dict(members(deb))
    assert list(found) == ["debian-binary", f"control.tar{ending}", f"data.tar{ending}"]
    for name, option in (("control", "--ctrl-tarfile"), ("data", "--fsys-tarfile")):
        said = subprocess.check_output(["dpkg-deb", option, deb])
        assert plain(found[f"{name}.tar{ending}"]) == said


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is no Debian package"), (b"no package at all", "is no Debian package")],
)
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "p.deb").write_bytes(content)
    with pytest.raises(VesselError, match=f"VES-407.*{words}"):
        control(tmp_path / "p.deb")


@pytest.mark.parametrize("end", [len(MAGIC) + 10, len(MAGIC) + HEADER + 2, -1])
def test_a_package_that_was_cut_is_refused(tmp_path: Path, end: int) -> None:
    deb = make(tmp_path, "none")
    deb.write_bytes(deb.read_bytes()[:end])
    with pytest.raises(VesselError, match=r"VES-407.*no whole Debian package"):
        list(members(deb))


def test_an_archive_without_control_data_is_refused(tmp_path: Path) -> None:
    head = f"{'a/':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{1:<10}`\n"
    (tmp_path / "p.deb").write_bytes(MAGIC + head.encode() + b"x\n" + head.encode() + b"y\n")
    assert list(members(tmp_path / "p.deb")) == [("a", b"x"), ("a", b"y")]
    with pytest.raises(VesselError, match=r"VES-407.*has no control data"):
        control(tmp_path / "p.deb")
