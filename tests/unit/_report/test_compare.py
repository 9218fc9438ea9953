"""Two images: what was added, removed and changed, as data and as lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.exported import read
from ansible_collections.vessel.image.plugins.module_utils._report.compare import (
    GROUPS,
    compare,
    content_size,
    shown,
)
from ansible_collections.vessel.image.plugins.module_utils._report.tell import tell
from unit._export.papers import MANIFEST, file, lay, name


def compared(old: Path, new: Path) -> dict[str, Any]:
    return compare(read(old), read(new))


def files(tmp_path: Path, old: list[Any], new: list[Any]) -> dict[str, Any]:
    found = compared(lay(tmp_path / "old", *old), lay(tmp_path / "new", *new))
    assert isinstance(found["files"], dict)
    return found["files"]


def test_an_image_is_the_same_as_itself(tmp_path: Path) -> None:
    output = lay(tmp_path, file("/etc/motd"), name("/etc", "directory"))
    found = compared(output, output)
    assert found["same"] is True
    assert found["counts"] == {g: {"added": 0, "removed": 0, "changed": 0} for g in GROUPS}
    lines = tell(found)
    assert lines[2:7] == [f"{g:<10}  the same" for g in GROUPS]
    assert "qcow2: 441.6 MB, the same" in lines


def test_empty_lists_are_nothing(tmp_path: Path) -> None:
    empty = {"packages": {}, "units": {}, "sysctls": {}, "components": []}
    output = lay(tmp_path, **empty)
    assert compared(output, output)["same"] is True
    assert compared(output, lay(tmp_path / "new"))["counts"]["packages"]["added"] == 1


@pytest.mark.parametrize("group", ["packages", "units", "sysctls"])
def test_names_with_values(tmp_path: Path, group: str) -> None:
    old = lay(tmp_path / "old", **{group: {"a": "1", "b": "1", "c": "1"}})
    new = lay(tmp_path / "new", **{group: {"b": "1", "c": "2", "d": "1"}})
    found = compared(old, new)
    assert found[group] == {
        "added": {"d": "1"},
        "removed": {"a": "1"},
        "changed": {"c": {"old": "1", "new": "2"}},
    }
    assert found["same"] is False
    lines = tell(found)
    assert f"{group:<10}  1 added, 1 removed, 1 changed" in lines
    assert lines[-4:] == [group, "  + d 1", "  - a 1", "  ~ c 1 -> 2"]


def test_components_are_what_is_no_package(tmp_path: Path) -> None:
    package, kubelet = MANIFEST["components"]
    rebuilt = {**kubelet, "sha256": "9" * 64}
    newer = {**kubelet, "version": "v1.36.4"}
    old = lay(tmp_path / "old")
    for changed, line in [
        (rebuilt, "  ~ kubelet v1.36.3, other bytes"),
        (newer, "  ~ kubelet v1.36.3 -> v1.36.4"),
    ]:
        new = lay(tmp_path / "new", components=[{**package, "version": "2"}, changed])
        found = compared(old, new)
        assert found["counts"]["components"] == {"added": 0, "removed": 0, "changed": 1}
        assert tell(found)[-1] == line


@pytest.mark.parametrize(
    ("old", "new", "aspects"),
    [
        (file("/a"), file("/a"), {}),
        (file("/a"), file("/a", size=2), {}),  # its digest would have changed, too
        (file("/a"), file("/a", sha256="0"), {"content": {"old": "f" * 64, "new": "0"}}),
        (file("/a"), file("/a", mode="4755"), {"mode": {"old": "0644", "new": "4755"}}),
        (file("/a"), file("/a", gid=6), {"owner": {"old": "0:0", "new": "0:6"}}),
        (
            file("/a"),
            file("/a", attributes={"security.capability": "01"}),
            {"attributes": {"old": None, "new": {"security.capability": "01"}}},
        ),
        (file("/a"), file("/a", same_as="/b"), {"hard link": {"old": None, "new": "/b"}}),
        (
            name("/a", "link", target="b"),
            name("/a", "link", target="c\n"),
            {"content": {"old": "b", "new": "c\\n"}},
        ),
        (
            name("/a", "block device", device="8:0"),
            name("/a", "block device", device="8:1"),
            {"content": {"old": "8:0", "new": "8:1"}},
        ),
        (
            name("/a", "pipe"),
            name("/a", "directory"),
            {"type": {"old": "pipe", "new": "directory"}},
        ),
    ],
)
def test_a_file_differs_in(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], aspects: dict[str, Any]
) -> None:
    assert files(tmp_path, [old], [new])["changed"] == ({"/a": aspects} if aspects else {})


def test_odd_names_are_told_on_one_line_and_as_utf_8(tmp_path: Path) -> None:
    odd = ["/two\nlines", "/not \udcff UTF-8", "/esc\x1b[2J", "/ü", "/a\u202eb"]
    found = files(tmp_path, [], [file(path) for path in odd])
    expected = ["/two\\nlines", "/not \\xff UTF-8", "/esc\\x1b[2J", "/ü", "/a\\u202eb"]
    assert sorted(found["added"]) == sorted(expected)
    difference = compared(tmp_path / "old", tmp_path / "new")
    json.dumps(difference, ensure_ascii=False).encode()
    assert all(line.isprintable() for line in tell(difference))


def test_printable_text_stays() -> None:
    assert shown("system-getty\\x2d.slice ü 漢") == "system-getty\\x2d.slice ü 漢"


def test_long_lists_are_cut_with_a_count(tmp_path: Path) -> None:
    found = compared(
        lay(tmp_path / "old"), lay(tmp_path / "new", *(file(f"/f{n:03}") for n in range(25)))
    )
    assert tell(found)[-1] == "  + … and 15 more: -v shows all"
    assert len([line for line in tell(found, limit=3) if line.startswith("  + /")]) == 3
    everything = tell(found, limit=0)
    assert everything[-1] == "  + /f024"
    assert len(found["files"]["added"]) == 25


def test_whole_directories_are_named_once(tmp_path: Path) -> None:
    added = [
        *(name(path, "directory") for path in ("/d", "/d/e", "/empty")),
        *(file(path) for path in ("/d/1", "/d/e/2", "/d-file", "/other/3")),
    ]
    found = compared(lay(tmp_path / "old"), lay(tmp_path / "new", *added))
    assert [line for line in tell(found) if line.startswith("  + ")] == [
        *("  + /d-file", "  + /d/ and 3 below", "  + /empty/", "  + /other/3"),
    ]


def test_sizes_of_images_and_of_what_is_in_them(tmp_path: Path) -> None:
    found = compared(
        lay(tmp_path / "old", file("/a", 5_000_000), file("/b", 5_000_000, same_as="/a")),
        lay(tmp_path / "new", file("/a", 8_000_000), name("/c", "link", target="a")),
    )
    assert found["sizes"]["files in it"] == {"old": 5_000_000, "new": 8_000_000}
    assert "files in it: 5.0 MB -> 8.0 MB (+3.0 MB)" in tell(found)
    found["sizes"] = {"raw": {"old": None, "new": 3}, "qcow2": {"old": 7, "new": 3}}
    assert tell(found)[7:9] == ["raw: only new", "qcow2: 0.0 MB -> 0.0 MB (-4 bytes)"]
    assert content_size([]) == 0
