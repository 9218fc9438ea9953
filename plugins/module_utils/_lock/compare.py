"""What differs between two locks, in lines for people.

Nothing is left out: what `PARTS` knows is told by its name, and all the rest of a lock by its path.
So a field that a resolver adds tomorrow is shown, too.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._spec.loader import shown
from .lock import Lock

SHORT = 12  # digits of a digest, as people compare them
DIGEST = re.compile("[0-9a-f]{64}")
REPOSITORY = "repository "  # how an archive begins that is not Debian's
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What of a lock lies at `steps`, and what people call one of it. Entries of a list are told
    apart by the fields `names`, as far as it takes; `one` is the name where there is but one. The
    field `head` says most of an entry; `follows` change along with it, and are told where it
    stayed."""

    noun: str
    steps: tuple[str, ...]
    names: tuple[str, ...] = ()
    head: str = "version"
    follows: tuple[str, ...] = ("sha256", "size", "path", "sum", "time", "go_mod", "go_sum")
    one: str = ""

    def entries(self, content: Fields) -> dict[str, Fields]:
        """The entries by name, each as its fields."""
        found = _at(content, self.steps)
        if found is None:
            return {}
        if self.one:
            return {self.one: found}
        if self.steps == SOURCES:
            return dict(_files(found))
        if isinstance(found, Mapping):
            return {
                str(name): each if isinstance(each, Mapping) else {self.head: each}
                for name, each in found.items()
            }
        return _named(found, self.names)


SOURCES = ("for", "sources")
PARTS = (
    Part("suite", ("debian", "suites"), ("suite", "origin", "archive"), "date", ("sha256",)),
    Part("package", ("debian", "node"), ("name", "architecture", "version")),
    Part("tool", ("debian", "tools"), ("name", "architecture", "version")),
    Part("compiler", ("debian", "compilers"), ("name", "architecture", "version")),
    Part("tool", ("go", "toolchain"), one="go"),
    Part("program", ("go", "programs")),
    Part("image", ("kubernetes",)),
    Part("executable", ("executables",), ("url", "path"), "sha256", ("size",)),
    Part("shim", ("shims",), ("engine", "url"), "sha256", ("size",)),
    Part("Rust program", ("rust", "versions")),
    Part("file", SOURCES, head="held", follows=("sha256", "size", "mode", "link")),
)


def differences(old: Lock | None, new: Lock) -> list[str]:
    """One line per name that came (`+`), went (`-`) or changed (`~`), by the part of the lock; and
    of a lock that there was, one for every other value that changed."""
    lines: list[str] = []
    before = old.content if old else {}
    for part in PARTS:
        lines += _compared(part, part.entries(before), part.entries(new.content))
    if old is not None:
        had, has = dict(_rest(before)), dict(_rest(new.content))
        for name in sorted({*had, *has}):
            if had.get(name) != has.get(name):
                lines.append(f"~ value: {name} {_pair(had.get(name), has.get(name))}")
    return lines


def _compared(part: Part, had: Mapping[str, Fields], has: Mapping[str, Fields]) -> Iterator[str]:
    for name in sorted({*had, *has}):
        if name in had and name in has:
            if had[name] != has[name]:
                yield f"~ {part.noun}: {name} {_changes(part, had[name], has[name])}"
        else:
            sign, fields = ("+", has[name]) if name in has else ("-", had[name])
            archive = str(fields.get("archive", ""))
            where = f" from {archive}" if archive.startswith(REPOSITORY) else ""
            yield f"{sign} {part.noun}: {name} {_short(fields.get(part.head, ''))}{where}"


def _changes(part: Part, had: Fields, has: Fields) -> str:
    before, after = had.get(part.head), has.get(part.head)
    moved = before != after
    others = [
        f"{key} {_pair(had.get(key), has.get(key))}"
        for key in sorted({*had, *has} - {part.head})
        if had.get(key) != has.get(key) and not (moved and key in part.follows)
    ]
    if moved:
        return ", ".join([_pair(before, after), *others])
    return f"{_short(after)}: {', '.join(others)}"


def _pair(before: Any, after: Any) -> str:
    """Two values that differ, as short as they still do."""
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        return _lines(before, after)
    for form in (_short, shown, repr):
        one, other = form(before), form(after)
        if one != other:
            break
    return f"{one} -> {other}"


def _lines(before: str, after: str) -> str:
    """What differs between two texts of several lines: how many, and the first that is new."""
    ways = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    found = [line for line in difflib.unified_diff(*ways, n=0) if line[:3] not in ("---", "+++")]
    gone = [line[1:] for line in found if line[0] == "-"]
    new = [line[1:] for line in found if line[0] == "+"]
    first = f" ({shown((new or gone)[0].strip())})"
    return f"-{len(gone)} +{len(new)} lines{first}"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str) and DIGEST.fullmatch(value):
        return value[:SHORT]
    return shown(", ".join(map(str, value))) if isinstance(value, list) else str(value)


def _named(entries: Sequence[Fields], names: Sequence[str]) -> dict[str, Fields]:
    """Entries by as many of the fields `names` as it takes to tell them apart; by their place, too,
    where nothing else does."""
    for count in range(1, len(names) + 1):
        called = [" ".join(str(each.get(name, "")) for name in names[:count]) for each in entries]
        if len(set(called)) == len(called):
            return dict(zip(called, entries, strict=True))
    return {f"{name} #{index}": entries[index] for index, name in enumerate(called)}


def _files(sources: Mapping[str, Sequence[Fields]]) -> Iterator[tuple[str, Fields]]:
    for source, entries in sources.items():
        for entry in entries:
            about = _short(entry.get("sha256", "")) or entry.get("link") or "directory"
            held = f"{about} {entry.get('mode', '')}".rstrip()
            yield f"{source}/{entry['path']}".rstrip("/"), {**entry, "held": held}


def _at(content: Fields, steps: Sequence[str]) -> Any:
    found: Any = content
    for step in steps:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _rest(value: Any, steps: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every value of a lock that is in none of `PARTS`, by its path."""
    if any(part.steps == steps for part in PARTS):
        return
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _rest(each, (*steps, str(key)))
    elif isinstance(value, list) and value and not all(isinstance(each, str) for each in value):
        for index, each in enumerate(value):
            yield from _rest(each, (*steps, str(index)))
    else:
        yield ".".join(steps), value
