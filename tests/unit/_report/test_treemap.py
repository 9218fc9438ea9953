"""Boxes as large as what they stand for, in their place, and none outside of it."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.vessel.image.plugins.module_utils._report.treemap import (
    Box,
    boxes,
    places,
    squarify,
    tree,
)
from unit._export.papers import file, name

AREA = (0.0, 0.0, 600.0, 400.0)


@pytest.mark.parametrize(
    "sizes", [[6, 6, 4, 3, 2, 2, 1], [1], [5] * 40, [10**9, 1, 1], [100, *([1] * 200)]]
)
def test_rectangles_fill_the_area_by_size(sizes: list[float]) -> None:
    made = squarify(sizes, AREA)
    for size, (x, y, width, height) in zip(sizes, made, strict=True):
        assert width * height == pytest.approx(600 * 400 * size / sum(sizes))
        assert x >= -1e-3
        assert y >= -1e-3
        assert x + width <= 600 + 1e-3
        assert y + height <= 400 + 1e-3
    for one, two in itertools.combinations(made, 2):
        wide = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
        high = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
        assert min(wide, high) < 1e-3, "they overlap"


def test_they_are_about_square() -> None:
    for _x, _y, width, height in squarify([6, 6, 4, 3, 2, 2, 1], AREA):
        assert max(width / height, height / width) < 3


def test_nothing_is_divided_into_nothing() -> None:
    assert squarify([], AREA) == []
    assert boxes(tree([]), 600, 400) == []
    assert boxes(tree([file("/empty", 0), name("/d", "directory")]), 600, 400) == []


def test_directories_hold_their_files_and_hard_links_none() -> None:
    root = tree([file("/a/b/one", 3), file("/a/two", 4), file("/a/three", 4, same_as="/a/two")])
    assert root.size == 7
    assert root.children["a"].size == 7
    assert root.children["a"].children["b"].children["one"].path == "/a/b/one"
    assert set(root.children["a"].children) == {"b", "two"}


def test_a_directory_alone_in_another_is_one_with_it() -> None:
    root = tree([file("/var/lib/x/one", 3), file("/var/lib/x/two", 3), file("/boot/vmlinuz", 3)])
    assert {node.name: node.path for node in root.children.values()} == {
        "var/lib/x": "/var/lib/x",
        "boot": "/boot",
    }


def test_places_are_the_top_directories_and_the_parts_of_very_large_ones() -> None:
    root = tree(
        [file("/usr/lib/a", 60), file("/usr/bin/b", 20), file("/etc/c", 15), file("/etc/d", 5)]
    )
    assert [(place.path, place.size) for place in places(root)] == [
        *(("/usr/lib", 60), ("/etc", 20), ("/usr/bin", 20)),
    ]


def within(inner: Box, outer: Box) -> bool:
    return (
        inner.x >= outer.x - 1e-3
        and inner.y >= outer.y - 1e-3
        and inner.x + inner.width <= outer.x + outer.width + 1e-3
        and inner.y + inner.height <= outer.y + outer.height + 1e-3
    )


@pytest.mark.parametrize("size", [(1160.0, 620.0), (360.0, 640.0), (20.0, 20.0)])
def test_boxes_lie_in_the_box_of_their_directory(size: tuple[float, float]) -> None:
    files = [file(f"/top{n % 3}/d{n % 7}/f{n}", 1000 * (n % 13) + n * n) for n in range(1, 400)] + [
        file("/odd\nname/\udcff", 5000)
    ]
    found = boxes(tree(files), *size)
    assert found == boxes(tree(reversed(files)), *size)
    groups = {box.path: box for box in found if box.is_group}
    for box in found:
        parents = [path for path in groups if box.path.startswith(f"{path}/")]
        assert all(within(box, groups[path]) for path in parents)
        assert len(box.label) * 6.8 <= max(box.width, 0)
    if size[0] > 20:
        assert any(box.path.endswith(" others)") for box in found)
        assert max(box.color for box in found) > 3
