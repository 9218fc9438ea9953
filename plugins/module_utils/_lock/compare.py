"""What differs between two locks, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .rust import built


def differences(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[str]:
    """One line per name that came (`+`), went (`-`) or changed (`~`), by the part of the lock."""
    lines = []
    before, after = _parts(old or {}), _parts(new)
    for part in after:
        had, has = before.get(part, {}), after[part]
        for name in sorted({*had, *has}):
            if name not in had:
                lines.append(f"+ {part}: {name} {has[name]}")
            elif name not in has:
                lines.append(f"- {part}: {name} {had[name]}")
            elif had[name] != has[name]:
                lines.append(f"~ {part}: {name} {had[name]} -> {has[name]}")
    return lines


def _parts(lock: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    debian, go = lock.get("debian", {}), lock.get("go", {})
    toolchain = {"go": go["toolchain"]["version"]} if "toolchain" in go else {}
    programs = {name: each["version"] for name, each in go.get("programs", {}).items()}
    return {
        "package": dict(_packages(debian.get("node", []))),
        "tool": {**dict(_packages(debian.get("tools", []))), **toolchain},
        "program": programs,
        "image": {name: str(tag) for name, tag in lock.get("kubernetes", {}).items()},
        "executable": {e["url"]: e["sha256"][:12] for e in lock.get("executables", [])},
        "shim": {e["engine"]: e["sha256"][:12] for e in lock.get("shims", [])},
        "Rust program": dict(built(lock)),
        "file": dict(_files(lock.get("for", {}).get("sources", {}))),
    }


def _packages(packages: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for package in packages:
        yield package["name"], package["version"]


def _files(sources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for source, entries in sources.items():
        for entry in entries:
            yield f"{source}/{entry['path']}".rstrip("/"), entry["sha256"][:12]
