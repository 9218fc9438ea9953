"""Where the bytes are: directories as nested boxes, squarified (Bruls, Huizing, van Wijk, 2000)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HEADER = 17.0  # of a box with boxes in it, in units of the picture, which are pixels at full size
PADDING = 2.0
LETTER = 6.8  # a letter's width, at most on average
LINE = 14.0
LEAST = 5  # letters of a name that is cut
SIZE = 8  # letters of a size
DEPTH = 8
SMALLEST_GROUP = (56.0, 44.0)  # a box of less is not divided
SPLIT = 0.25  # of all bytes: a directory at the top with more is told by its parts
SMALLEST_SHARE = 0.004  # of a box: what is smaller goes into one box of others


@dataclass(slots=True)
class Node:
    """A directory, a file, or several small ones; `size` in bytes with all below."""

    path: str
    name: str
    size: int = 0
    children: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Box:
    """One rectangle; `color` counts the places that `places` tells, -1 above them."""

    x: float
    y: float
    width: float
    height: float
    path: str
    size: int
    label: str
    color: int
    is_group: bool
    tells_size: bool


def tree(files: Iterable[Mapping[str, Any]]) -> Node:
    """The regular files of contents.json; the bytes of hard links count once."""
    root = Node("/", "/")
    for file in files:
        if "size" not in file or "same_as" in file:
            continue
        node = root
        node.size += file["size"]
        for part in file["path"].strip("/").split("/"):
            path = f"{node.path.rstrip('/')}/{part}"
            node = node.children.setdefault(part, Node(path, part))
            node.size += file["size"]
    return _joined(root)


def places(root: Node) -> list[Node]:
    """The directories at the top, the largest first; instead of a very large one, what is in it."""
    found: list[Node] = []
    for top in root.children.values():
        is_split = bool(top.children) and top.size > SPLIT * root.size
        found += top.children.values() if is_split else [top]
    return sorted(found, key=_order)


def boxes(root: Node, width: float, height: float) -> list[Box]:
    """`root` as rectangles, outer ones before those in them."""
    colors = {node.path: number for number, node in enumerate(places(root))}
    found: list[Box] = []
    _divide(root, (0.0, 0.0, width, height), 0, colors, -1, found)
    return found


def squarify(
    sizes: Sequence[float], rectangle: tuple[float, float, float, float]
) -> list[tuple[float, float, float, float]]:
    """Divide `rectangle` (x, y, width, height) into one of each size, as square as they come.

    `sizes` are positive and the largest is first.
    """
    x, y, width, height = rectangle
    total = sum(sizes)
    if not total:
        return []
    areas = [size * width * height / total for size in sizes]
    made: list[tuple[float, float, float, float]] = []
    while areas:
        side = min(width, height)
        count = 1
        while count < len(areas) and _worst(areas[: count + 1], side) <= _worst(
            areas[:count], side
        ):
            count += 1
        row, areas = areas[:count], areas[count:]
        depth = sum(row) / side if side else 0.0
        at = 0.0
        for area in row:
            length = area / depth if depth else 0.0
            if width >= height:
                made.append((x, y + at, depth, length))
            else:
                made.append((x + at, y, length, depth))
            at += length
        if width >= height:
            x, width = x + depth, max(0.0, width - depth)
        else:
            y, height = y + depth, max(0.0, height - depth)
    return made


def _worst(row: Sequence[float], side: float) -> float:
    """The least square of a row's rectangles: how much longer than wide it is."""
    total = sum(row)
    return max(side**2 * max(row) / total**2, total**2 / (side**2 * min(row)))


def _divide(  # noqa: PLR0913 - one step of a recursion
    node: Node,
    rectangle: tuple[float, float, float, float],
    depth: int,
    colors: Mapping[str, int],
    color: int,
    found: list[Box],
) -> None:
    x, y, width, height = rectangle
    color = colors.get(node.path, color)
    wide, high = SMALLEST_GROUP
    is_group = bool(node.children) and depth < DEPTH and width >= wide and height >= high
    if depth:
        label = _label(f"{node.name}/" if is_group else node.name, width, height)
        tells = bool(label) and _has_room(label, width, height, is_group)
        found.append(Box(x, y, width, height, node.path, node.size, label, color, is_group, tells))
    if not is_group:
        return
    inner = rectangle
    if depth:
        inner = (x + PADDING, y + HEADER, width - 2 * PADDING, height - HEADER - PADDING)
    parts = _parts(node)
    for part, place in zip(parts, squarify([part.size for part in parts], inner), strict=True):
        _divide(part, place, depth + 1, colors, color, found)


def _parts(node: Node) -> list[Node]:
    """The children, the largest first; those too small to be seen as one."""
    children = sorted((child for child in node.children.values() if child.size), key=_order)
    large = [child for child in children if child.size >= SMALLEST_SHARE * node.size]
    rest = children[len(large) :]
    if not rest:
        return large
    size = sum(child.size for child in rest)
    others = Node(f"{node.path.rstrip('/')}/ ({len(rest)} others)", f"{len(rest)} others", size)
    return sorted([*large, others], key=_order)


def _label(name: str, width: float, height: float) -> str:
    """As much of the name as there is room for."""
    room = int((width - 6) / LETTER)
    if height < LINE or room < min(len(name), LEAST):
        return ""
    return name if len(name) <= room else f"{name[: room - 1]}…"


def _has_room(label: str, width: float, height: float, is_group: bool) -> bool:
    """Whether the size fits in, too: beside a group's label, below any other."""
    if is_group:
        return width - 10 >= (len(label) + SIZE) * LETTER
    return height >= 2 * LINE + 4 and width - 6 >= SIZE * LETTER


def _joined(node: Node) -> Node:
    """Directories with nothing but one directory in them are one with it."""
    children = [_joined(child) for child in node.children.values()]
    if node.name != "/" and len(children) == 1 and children[0].children:
        (only,) = children
        return Node(only.path, f"{node.name}/{only.name}", node.size, only.children)
    return Node(node.path, node.name, node.size, {child.name: child for child in children})


def _order(node: Node) -> tuple[int, str]:
    return -node.size, node.path
