"""What differs between two images, by what their papers say; no image is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._export.exported import Exported

# What of a file is compared, and the keys of contents.json that say it.
ASPECTS: Mapping[str, Sequence[str]] = {
    "type": ("type",),
    "content": ("sha256", "target", "device"),
    "mode": ("mode",),
    "owner": ("uid", "gid"),
    "attributes": ("attributes",),
    "hard link": ("same_as",),
}
GROUPS = ("packages", "components", "units", "sysctls", "files")

Difference = dict[str, dict[str, Any]]


def compare(old: Exported, new: Exported) -> dict[str, Any]:
    """Plain data: each of `GROUPS` as `added`, `removed` and `changed` (with `old` and `new`);
    `counts` of these; `sizes` in bytes; `same` when no group differs.

    Components are programs and other things that are no Debian packages; packages and files are
    those in the image, not those of the lock. Everything in it can be printed: what cannot, stands
    as an escape sequence.
    """
    groups: dict[str, Difference] = {
        **{
            name: _differences(old.contents[name], new.contents[name])
            for name in ("packages", "units", "sysctls")
        },
        "components": _differences(_components(old), _components(new)),
        "files": _file_differences(_files(old), _files(new)),
    }
    counts = {name: {kind: len(items) for kind, items in groups[name].items()} for name in GROUPS}
    result = {
        "old": str(old.directory),
        "new": str(new.directory),
        "same": not any(number for kinds in counts.values() for number in kinds.values()),
        "counts": counts,
        "sizes": _sizes(old, new),
        **{name: groups[name] for name in GROUPS},
    }
    cleaned: dict[str, Any] = _clean(result)
    return cleaned


def shown(text: str) -> str:
    """`text` on one line of UTF-8, whatever bytes of a file name it was made of."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    if 0xDC80 <= (code := ord(character)) <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {shown(key): _clean(item) for key, item in value.items()}
    return value


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    return {
        "added": {name: new[name] for name in sorted(new.keys() - old.keys())},
        "removed": {name: old[name] for name in sorted(old.keys() - new.keys())},
        "changed": {
            name: {"old": old[name], "new": new[name]}
            for name in sorted(old.keys() & new.keys())
            if old[name] != new[name]
        },
    }


def _file_differences(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Difference:
    found = _differences(old, new)
    for kind in ("added", "removed"):
        found[kind] = {path: file["type"] for path, file in found[kind].items()}
    changed = {path: _aspects(**pair) for path, pair in found["changed"].items()}
    found["changed"] = {path: aspects for path, aspects in changed.items() if aspects}
    return found


def _aspects(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The aspects in which two files of one name differ, each with `old` and `new`."""
    found = {}
    for aspect, keys in ASPECTS.items():
        before, after = ([file[key] for key in keys if key in file] for file in (old, new))
        if before != after:
            found[aspect] = {"old": _one(before), "new": _one(after)}
    return found


def _one(values: Sequence[Any]) -> Any:
    """Owner and group as `uid:gid`; None for what a file has not."""
    if len(values) > 1:
        return ":".join(str(value) for value in values)
    return values[0] if values else None


def _components(output: Exported) -> dict[str, Any]:
    return {
        component["name"]: {key: component[key] for key in ("version", "from", "sha256", "size")}
        for component in output.manifest["components"]
        if component["from"] != "package"
    }


def _files(output: Exported) -> dict[str, Mapping[str, Any]]:
    return {file["path"]: file for file in output.contents["files"]}


def _sizes(old: Exported, new: Exported) -> dict[str, dict[str, int | None]]:
    """Of the image files by format, and of all that is in the root file system."""
    befores, afters = (
        {artifact["format"]: artifact["size"] for artifact in output.manifest["artifacts"]}
        | {"files in it": content_size(output.contents["files"])}
        for output in (old, new)
    )
    return {
        name: {"old": befores.get(name), "new": afters.get(name)}
        for name in sorted(befores.keys() | afters.keys())
    }


def content_size(files: Sequence[Mapping[str, Any]]) -> int:
    """Bytes of all files; those of hard links count once."""
    return sum(file["size"] for file in files if "size" in file and "same_as" not in file)
