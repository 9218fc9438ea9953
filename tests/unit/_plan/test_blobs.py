"""What the lock names becomes blobs: called so that makers find them, with where they are had."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import (
    Held,
    beside_source,
    deb_blobs,
    source_blobs,
    source_options,
    url_blob,
    url_source,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Blob
from ansible_collections.vessel.image.plugins.module_utils._tree.customize import held
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import Deb, debs

PACKAGE = {
    "name": "libc6",
    "version": "1:2.41-12+deb13u1",
    "architecture": "amd64",
    "sha256": "1" * 64,
    "size": 5,
    "archive": "debian",
    "path": "pool/main/g/glibc/libc6_2.41-12+deb13u1_amd64.deb",
}
NAME = "libc6_1:2.41-12+deb13u1_amd64"
TREE = [
    {"path": "README", "sha256": "2" * 64, "size": 6, "executable": False},
    {"path": "bin/site", "sha256": "3" * 64, "size": 7, "executable": True, "mode": "4755"},
    {"path": "latest", "link": "README"},
    {"path": "spool", "mode": "1777"},
]


def test_a_package_says_where_it_is_had() -> None:
    origin = {"archive": "debian", "path": PACKAGE["path"]}
    assert deb_blobs([PACKAGE]) == {NAME: Blob("1" * 64, 5, "libc6", origin)}


def test_a_package_of_the_specs_own_archive_brings_its_root() -> None:
    own = {**PACKAGE, "archive": "repository own"}
    root = {"repository own": "https://packages.example/debian/"}
    assert deb_blobs([own], root)[NAME].origin["root"] == "https://packages.example/debian/"
    assert "root" not in deb_blobs([PACKAGE], root)[NAME].origin


def test_a_maker_reads_the_package_off_its_name(tmp_path: Path) -> None:
    blobs = deb_blobs([PACKAGE, {**PACKAGE, "name": "libc6", "architecture": "arm64"}])
    assert debs(dict.fromkeys(blobs, tmp_path)) == [
        Deb("libc6", "1:2.41-12+deb13u1", architecture, tmp_path)
        for architecture in ("amd64", "arm64")
    ]


def test_a_file_by_url() -> None:
    fetched = {"url": "https://a.example/x", "sha256": "4" * 64, "size": 8, "engine": "wasmer"}
    assert url_blob(fetched, "shim") == Blob("4" * 64, 8, "shim", {"url": "https://a.example/x"})
    assert url_blob(fetched, "shim", executable=True).executable


def test_what_is_beside_the_spec_by_its_path_below_the_source() -> None:
    assert beside_source("site", TREE) == {
        "README": Held("0644", Blob("2" * 64, 6, "site/README", {"beside": "site/README"})),
        "bin/site": Held(
            "4755", Blob("3" * 64, 7, "site/bin/site", {"beside": "site/bin/site"}, True)
        ),
        "latest": Held(link="README"),
        "spool": Held("1777"),
    }
    motd = Blob("2" * 64, 6, "motd", {"beside": "motd"})
    assert beside_source("motd", [{**TREE[0], "path": ""}]) == {"": Held("0644", motd)}
    fetched = {"path": "/usr/local/bin/x", "url": "https://a.example/x", "sha256": "4", "size": 8}
    assert url_source(fetched)[""].mode == "0755"


def test_options_and_blobs_of_sources_name_the_same_files(tmp_path: Path) -> None:
    sources = {
        "site": beside_source("site", TREE),
        "motd": beside_source("motd", [{**TREE[0], "path": ""}]),
    }
    blobs = source_blobs(sources)
    assert {name: blob.sha256[0] for name, blob in blobs.items()} == {
        "site/README": "2",
        "site/bin/site": "3",
        "motd": "2",
    }
    assert held(source_options(sources), {name: tmp_path / name for name in blobs}) == {
        "site": [
            {"path": "README", "src": str(tmp_path / "site/README"), "mode": "0644"},
            {"path": "bin/site", "src": str(tmp_path / "site/bin/site"), "mode": "4755"},
            {"path": "latest", "link": "README"},
            {"path": "spool", "mode": "1777"},
        ],
        "motd": [{"path": "", "src": str(tmp_path / "motd"), "mode": "0644"}],
    }


def test_what_is_a_program_beside_the_spec_is_one_in_the_machine() -> None:
    entries = [{"path": name, "sha256": "2" * 64, "size": 1, "executable": executable}
               for name, executable in (("program", True), ("text", False))]  # fmt: skip
    found = beside_source("own", entries)
    assert {name: each.mode for name, each in found.items()} == {"program": "0755", "text": "0644"}
