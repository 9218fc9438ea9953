"""What the lock names, as blobs of stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._lock.lock import Package
from .stage import Blob

SHAPES_NO_RESULT = True  # it names what comes in; the digests are in the ids themselves


@dataclass(frozen=True, slots=True)
class Held:
    """Something of a source: a file with its `blob`, a `link` to what it says, or a directory. A
    file or directory has a `mode`, in octal."""

    mode: str = ""
    blob: Blob | None = None
    link: str = ""


# What a spec names beside itself or by URL -> what is in it, by path below it (empty for itself).
Sources = Mapping[str, Mapping[str, Held]]


def deb_blobs(
    packages: Sequence[Package], roots: Mapping[str, str] | None = None
) -> dict[str, Blob]:
    """Debian packages, each as `name_version_architecture`, whose parts hold no underscore (Debian
    policy, 5.6.1, 5.6.8 and 5.6.12). `roots` are the URIs of archives that the spec names."""
    own = roots or {}
    return {
        f"{each['name']}_{each['version']}_{each['architecture']}": Blob(
            each["sha256"],
            each["size"],
            each["name"],
            {
                **{key: each[key] for key in ("archive", "path")},
                **({"root": own[each["archive"]]} if each["archive"] in own else {}),
            },
        )
        for each in packages
    }


def url_blob(fetched: Mapping[str, Any], name: str, *, executable: bool = False) -> Blob:
    """A file by its URL; `fetched` has `url`, `sha256` and `size` in bytes."""
    origin = {"url": fetched["url"]}
    return Blob(fetched["sha256"], fetched["size"], name, origin, executable)


def url_source(fetched: Mapping[str, Any]) -> dict[str, Held]:
    """A program by its URL as a source; `fetched` has its `path` in the machine, too."""
    return {"": Held("0755", url_blob(fetched, fetched["path"], executable=True))}


def beside_source(source: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Held]:
    """A source beside the spec, as the lock has it, see `_lock.beside.digests`."""
    found = {}
    for entry in entries:
        if "sha256" in entry:
            usual = "0755" if entry["executable"] else "0644"
            held = Held(entry.get("mode", usual), beside_blob(source, entry))
        else:
            held = Held(entry.get("mode", ""), link=entry.get("link", ""))
        found[entry["path"]] = held
    return found


def beside_blob(source: str, entry: Mapping[str, Any]) -> Blob:
    """A file of a source beside the spec, as the lock has it."""
    path = _key(source, entry["path"])
    origin = {"beside": path}
    return Blob(entry["sha256"], entry["size"], path, origin, entry["executable"])


def source_options(sources: Sources) -> dict[str, list[dict[str, Any]]]:
    """What a maker has to know of `sources`: of each what it holds by its `path`, with its `mode`,
    and the `blob` that has a file's bytes or the `link` that it is."""
    return {
        source: [
            {
                "path": path,
                **({"mode": each.mode} if each.mode else {}),
                **({"blob": _key(source, path)} if each.blob else {}),
                **({"link": each.link} if each.link else {}),
            }
            for path, each in held.items()
        ]
        for source, held in sources.items()
    }


def source_blobs(sources: Sources) -> dict[str, Blob]:
    """The blobs that `source_options` names."""
    return {
        _key(source, path): each.blob
        for source, held in sources.items()
        for path, each in held.items()
        if each.blob
    }


def _key(source: str, path: str) -> str:
    return f"{source}/{path}" if path else source
