"""A package's quick form holds what the package holds."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._store import quick as module
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debfile import control, members
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

CONTROL = (
    "Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.example>\nDescription: d\n"
)


def make(place: Path, name: str, compression: str) -> Path:
    tree = place / name
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(CONTROL.format(name=name))
    (tree / "DEBIAN/postinst").write_text("#!/bin/sh\n")
    (tree / "DEBIAN/postinst").chmod(0o755)
    (tree / "usr/share").mkdir(parents=True)
    (tree / "usr/share/odd").write_bytes(b"x" * 12345)
    (tree / "usr/share/suid").touch()
    (tree / "usr/share/suid").chmod(0o4755)
    (tree / "usr/share/link").symlink_to("odd")
    deb = place / f"{name}.deb"
    subprocess.run(
        ["dpkg-deb", f"-Z{compression}", "--root-owner-group", "--build", tree, deb],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return deb


def said(*words: str | Path) -> bytes:
    return subprocess.check_output(["dpkg-deb", *words])


@pytest.mark.parametrize("compression", ["xz", "gzip", "none"])
def test_the_same_files_and_control_data(
    cache: Path, tmp_path: Path, tools: Tools, compression: str
) -> None:
    store = Store(tmp_path / "store")
    deb = make(tmp_path, "package", compression)
    sha256 = store.add_file(deb)
    assert module.quick(sha256, "package", store).read_bytes() == deb.read_bytes()
    module.quicken({sha256: "package"}, store, tools.argv("zstd"))
    assert module.has_quick(sha256, store)
    made = module.quick(sha256, "package", store)
    names = [name for name, _ in members(made)]
    assert (
        names[2] == {"xz": "data.tar.zst", "gzip": "data.tar.gz", "none": "data.tar"}[compression]
    )
    assert control(made).encode() == said("--field", deb).strip()
    assert control(deb) == control(made)
    for words in (("--fsys-tarfile",), ("--ctrl-tarfile",), ("--field",)):
        assert said(*words, made) == said(*words, deb)


def test_it_is_made_once(cache: Path, tmp_path: Path, tools: Tools) -> None:
    store = Store(tmp_path / "store")
    package = {store.add_file(make(tmp_path, "p", "xz")): "p"}
    module.quicken(package, store, tools.argv("zstd"))
    module.quicken(package, store, ["false"])


@pytest.mark.parametrize("damage", ["empty", "truncated", "text"])
def test_what_is_no_package_is_refused(cache: Path, tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path / "store")
    whole = make(tmp_path, "p", "xz").read_bytes()
    broken: dict[str, Any] = {"empty": b"", "truncated": whole[:100], "text": b"no package at all"}
    (tmp_path / "broken").write_bytes(broken[damage])
    sha256 = store.add_file(tmp_path / "broken")
    with pytest.raises(VesselError, match="VES-407"):
        module.quicken({sha256: "p"}, store, ["false"])
    assert not module.has_quick(sha256, store)
