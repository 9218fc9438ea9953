"""Every path that a spec's `customize` writes, by the key that says so."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .schema import Path as Steps
from .settings import HOSTS, KEYRINGS, SETTINGS, UNITS, certificate_paths

# What a source holds: paths below it (empty for itself), and whether each is a directory.
Holds = Callable[[str], Iterable[tuple[str, bool]]]


@dataclass(frozen=True, slots=True)
class Brought:
    """A path, where in `customize` it is said, and whether it is a directory."""

    path: str
    steps: Steps
    is_directory: bool = False


_YES = ("true", "1", "on", "yes", "template")
# What cloud-init writes at the start of a machine, by its key; and the values that have it do so,
# where not all do.
_STARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fqdn": ("/etc/hostname", ()),
    "hostname": ("/etc/hostname", ()),
    "manage_etc_hosts": (HOSTS, _YES),
    "manage_resolv_conf": ("/etc/resolv.conf", _YES),
    "timezone": ("/etc/localtime", ()),
}


def brought(customize: Any, holds: Holds) -> Iterator[Brought]:
    """The paths, in the order of the keys. What is of a wrong form is passed over."""
    given = customize if isinstance(customize, Mapping) else {}
    yield from _files(given, holds)
    for kind in ("directories", "executables"):
        for index, path in _texts(given.get(kind), "path"):
            yield Brought(path, (kind, index, "path"), kind == "directories")
    names = [name for _, name in _texts(given.get("certificates"))]
    for index, name in _texts(given.get("certificates")):
        yield Brought(certificate_paths(names)[name], ("certificates", index))
    for index, name in _texts(given.get("repositories"), "name"):
        if given["repositories"][index].get("keep", True):
            for suffix in ("asc", "gpg"):
                path = f"{KEYRINGS}/{name}.{suffix}"
                yield Brought(path, ("repositories", index, "name"))
    units = given.get("units")
    for index, unit in _texts(units.get("masked") if isinstance(units, Mapping) else None):
        yield Brought(f"{UNITS}/{unit}", ("units", "masked", index))
    for key, paths in SETTINGS.items():
        if given.get(key):
            yield from (Brought(path, (key,)) for path in paths)
    yield from _started(given.get("cloud_init"))


def _started(defaults: Any) -> Iterator[Brought]:
    """What cloud-init would write at the first start because of the spec."""
    given = defaults if isinstance(defaults, Mapping) else {}
    for key, (path, values) in _STARTS.items():
        value = given.get(key)
        if value and (not values or str(value).lower() in values):
            yield Brought(path, ("cloud_init", key))
    for index, path in _texts(given.get("write_files"), "path"):
        if not given["write_files"][index].get("append"):
            yield Brought(path, ("cloud_init", "write_files", index, "path"))


def _files(given: Mapping[str, Any], holds: Holds) -> Iterator[Brought]:
    for index, path in _texts(given.get("files"), "path"):
        source = given["files"][index].get("source")
        held = list(holds(source)) if isinstance(source, str) else []
        own = [is_directory for below, is_directory in held if not below]
        yield Brought(path, ("files", index, "path"), any(own))
        for below, is_directory in held:
            if below:
                inside = posixpath.join(path, below)
                yield Brought(inside, ("files", index, "source"), is_directory)


def _texts(items: Any, key: str = "") -> Iterator[tuple[int, str]]:
    """The texts of a list, or at `key` in each of its items, with their indices."""
    for index, item in enumerate(items if isinstance(items, list) else ()):
        value = (item.get(key) if isinstance(item, Mapping) else None) if key else item
        if isinstance(value, str):
            yield index, value
