"""A comparison as a person reads it: counts first, long lists cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .compare import GROUPS

SIGNS = {"added": "+", "removed": "-", "changed": "~"}
LIMIT = 10
MB = 1e6


def tell(difference: Mapping[str, Any], limit: int = LIMIT) -> list[str]:
    """The lines; of each list no more than `limit` entries, 0 for all."""
    lines = [f"old  {difference['old']}", f"new  {difference['new']}"]
    width = max(len(name) for name in GROUPS)
    lines += [f"{name:<{width}}  {_count(difference['counts'][name])}" for name in GROUPS]
    lines += [_size(name, sizes) for name, sizes in difference["sizes"].items()]
    for name in GROUPS:
        if any(difference["counts"][name].values()):
            lines += ["", name]
            for kind, sign in SIGNS.items():
                items = list(_items(name, kind, difference[name][kind]))
                kept = items[:limit] if limit else items
                lines += [f"  {sign} {item}" for item in kept]
                if len(kept) < len(items):
                    lines.append(f"  {sign} … and {len(items) - len(kept)} more: -v shows all")
    return lines


def _count(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in counts.items() if n) or "the same"


def _size(name: str, sizes: Mapping[str, int | None]) -> str:
    old, new = sizes["old"], sizes["new"]
    if old is None or new is None:
        return f"{name}: {'only new' if old is None else 'only old'}"
    if old == new:
        return f"{name}: {old / MB:.1f} MB, the same"
    change = f"{(new - old) / MB:+.1f} MB" if abs(new - old) >= MB / 10 else f"{new - old:+d} bytes"
    return f"{name}: {old / MB:.1f} MB -> {new / MB:.1f} MB ({change})"


def _items(group: str, kind: str, items: Mapping[str, Any]) -> Iterable[str]:
    if group == "files":
        return _changed_files(items) if kind == "changed" else _folded(items)
    if group == "components":
        return _components(kind, items)
    if kind == "changed":
        return (f"{name} {pair['old']} -> {pair['new']}" for name, pair in items.items())
    return (f"{name} {value}" for name, value in items.items())


def _components(kind: str, items: Mapping[str, Any]) -> Iterable[str]:
    for name, item in items.items():
        if kind != "changed":
            yield f"{name} {item['version']}"
        elif item["old"]["version"] == item["new"]["version"]:
            yield f"{name} {item['new']['version']}, other bytes"
        else:
            yield f"{name} {item['old']['version']} -> {item['new']['version']}"


def _changed_files(items: Mapping[str, Any]) -> Iterable[str]:
    for path, aspects in items.items():
        told = [
            f"{aspect} {pair['old']} -> {pair['new']}" if aspect in {"mode", "owner"} else aspect
            for aspect, pair in aspects.items()
        ]
        yield f"{path}  {', '.join(told)}"


def _folded(items: Mapping[str, str]) -> Iterable[str]:
    """Whole directories are named once, with the number of names below them."""
    ordered = sorted(items, key=lambda path: f"{path}/")  # what is below follows at once
    while ordered:
        path = ordered.pop(0)
        if items[path] != "directory":
            yield path
            continue
        below = sum(name.startswith(f"{path}/") for name in ordered)
        del ordered[:below]
        yield f"{path}/ and {below} below" if below else f"{path}/"
