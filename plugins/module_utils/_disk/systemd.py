"""What systemd will make of a tree: the state of its units, and the sysctls it sets at boot.

Read from the tree alone, after systemctl(1), systemd.unit(5) and sysctl.d(5): nothing is run.
"""

from __future__ import annotations

import posixpath
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from .._tree.inside import Inside
from .tar import Entry

OWN = "etc/systemd/system"
UNITS = (OWN, "usr/local/lib/systemd/system", "usr/lib/systemd/system")  # the first one wins
SYSCTLS = ("etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d")  # too
NULL = "/dev/null"
_SUFFIXES = "service|socket|target|timer|path|mount|automount|swap|slice"
_UNIT = re.compile(rf".+\.(?:{_SUFFIXES})", re.DOTALL)
_PULLED_IN = re.compile(rf"{OWN}/[^/]+\.(?:wants|requires|upholds)")
_INSTALL = re.compile(rb"^\s*\[Install\]\s*$", re.MULTILINE)


def units(entries: Iterable[Entry]) -> dict[str, str]:
    """Unit -> `enabled`, `disabled`, `masked`, `static`, `alias` or `linked`.

    Enabled is what a link below /etc pulls in; without one, a unit with an [Install] section is
    disabled, any other static. A template is enabled when one of its instances is.
    """
    found: dict[str, tuple[int, str]] = {}
    enabled: set[str] = set()
    for entry in entries:
        directory, _, name = entry.name.rpartition("/")
        if not _UNIT.fullmatch(name):
            continue
        leads_to = posixpath.basename(entry.target)
        if directory in UNITS:
            own = (UNITS.index(directory), _state(entry, name))
            found[name] = min(found.get(name, own), own)
            if directory == OWN and _UNIT.fullmatch(leads_to) and leads_to != name:
                enabled.add(leads_to)
        elif _PULLED_IN.fullmatch(directory) and entry.target != NULL:
            enabled |= {name, leads_to} if _UNIT.fullmatch(leads_to) else {name}
    states = {name: state for name, (_rank, state) in found.items()}
    for name in enabled:
        if states.get(name) not in {"masked", "alias"}:
            states[name] = "enabled"
    return states


def sysctls(entries: Iterable[Entry]) -> dict[str, str]:
    """Key -> value, by the files that systemd-sysctl reads: sorted by name, the last one wins; of
    several with one name only that in the first of the directories counts."""
    files = {entry.name: entry for entry in entries}
    chosen: dict[str, Entry] = {}
    for directory in reversed(SYSCTLS):
        for path, entry in files.items():
            if posixpath.dirname(path) == directory and path.endswith(".conf"):
                chosen[posixpath.basename(path)] = entry
    values: dict[str, str] = {}
    for name in sorted(chosen):
        for line in _text(chosen[name], files).splitlines():
            key, equals, value = line.strip().partition("=")
            # A minus lets systemd pass over a failure; without a value it only spares the key.
            key = key.strip().removeprefix("-").strip()
            if equals and key and not key.startswith(("#", ";")):
                values[dotted(key)] = value.strip()
    return values


def sysctl_entries(tree: Path) -> list[Entry]:
    """The entries of a tree that `sysctls` reads; a link to a file of another directory is that
    file."""
    inside = Inside(tree)
    found = []
    for path in (f"{name}/{file}" for name in SYSCTLS for file in inside.names(name)):
        status = inside.status(path, follow=True)
        data = inside.read(path) if status and stat.S_ISREG(status.st_mode) else b""
        found.append(Entry(path, stat.S_IFREG | 0o644, size=len(data), data=data))
    return found


def _state(entry: Entry, name: str) -> str:
    """Of a unit's file by itself."""
    if stat.S_ISLNK(entry.mode):
        if entry.target == NULL:
            return "masked"
        return "linked" if posixpath.basename(entry.target) == name else "alias"
    if not stat.S_ISREG(entry.mode):
        return "static"
    text = entry.read()
    if not text:
        return "masked"
    return "disabled" if _INSTALL.search(text) else "static"


def _text(entry: Entry, files: Mapping[str, Entry]) -> str:
    """A file's text, through one link; empty where there is none, as for /dev/null."""
    if stat.S_ISLNK(entry.mode):
        place = posixpath.join("/", posixpath.dirname(entry.name), entry.target)
        entry = files.get(posixpath.normpath(place).lstrip("/"), entry)
    return entry.read().decode(errors="replace") if stat.S_ISREG(entry.mode) else ""


def dotted(key: str) -> str:
    """The one way to write a key: where a slash comes first, dots belong to names."""
    first = re.search(r"[./]", key)
    if first is None or first.group() == ".":
        return key
    return key.translate(str.maketrans("./", "/."))
