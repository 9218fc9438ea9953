"""What differs between two locks, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .lock import Lock, Package


def differences(old: Lock | None, new: Lock) -> list[str]:
    """One line per name that came (`+`), went (`-`) or changed (`~`), by the part of the lock."""
    lines = []
    before, after = _parts(old or Lock({})), _parts(new)
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


def _parts(lock: Lock) -> dict[str, dict[str, str]]:
    toolchain = {"go": lock.toolchain["version"]} if lock.toolchain else {}
    return {
        "package": _versions(lock.packages("node")),
        "tool": {**_versions(lock.packages("tools")), **toolchain},
        "program": {name: each["version"] for name, each in lock.go_modules.items()},
        "image": {name: str(tag) for name, tag in lock.kubernetes.items()},
        "executable": {each["url"]: each["sha256"][:12] for each in lock.executables},
        "shim": {name: each["sha256"][:12] for name, each in lock.releases.items()},
        "Rust program": dict(lock.rust),
        "file": dict(_files(lock.sources)),
    }


def _versions(packages: Sequence[Package]) -> dict[str, str]:
    return {package["name"]: package["version"] for package in packages}


def _files(sources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for source, entries in sources.items():
        for entry in entries:
            about = entry.get("sha256", "")[:12] or entry.get("link") or "directory"
            yield (
                f"{source}/{entry['path']}".rstrip("/"),
                f"{about} {entry.get('mode', '')}".rstrip(),
            )
