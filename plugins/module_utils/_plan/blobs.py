"""What the lock names, as blobs of stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._lock.lock import Package
from .stage import Blob

SHAPES_NO_RESULT = True  # it names what comes in; the digests are in the ids themselves

# What a spec names beside itself or by URL -> its files, by their path below it: empty for a file.
Sources = Mapping[str, Mapping[str, Blob]]


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


def beside_blobs(source: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Blob]:
    """The files of a source beside the spec, as the lock has them, each by its path below it."""
    found = {}
    for entry in entries:
        path = _key(source, entry["path"])
        origin = {"beside": path}
        found[entry["path"]] = Blob(
            entry["sha256"], entry["size"], path, origin, entry["executable"]
        )
    return found


def source_options(sources: Sources) -> dict[str, list[dict[str, Any]]]:
    """What a maker has to know of `sources`: of each its files' `path`, the `blob` that has its
    bytes, and whether it is `executable`."""
    return {
        source: [
            {"path": path, "blob": _key(source, path), "executable": blob.executable}
            for path, blob in files.items()
        ]
        for source, files in sources.items()
    }


def source_blobs(sources: Sources) -> dict[str, Blob]:
    """The blobs that `source_options` names."""
    return {
        _key(source, path): blob
        for source, files in sources.items()
        for path, blob in files.items()
    }


def _key(source: str, path: str) -> str:
    return f"{source}/{path}" if path else source
