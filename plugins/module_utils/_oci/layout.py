"""Container images from plain files, written as one OCI image layout.

Same input, same bytes: a layer's members are sorted, owned by root and carry one time, and every
JSON document is canonical. Layers are uncompressed: they live only until they are unpacked.
Format: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md and config.md.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from .._common.errors import VesselError
from .._common.files import canonical_json, write_bytes

REPORT = "Report it with the lock: two packages or programs bring the same path."
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
# The full name of an image within an index; containerd's own importer reads it too.
NAME = "io.containerd.image.name"
PINNED = "dev.vessel.pinned"
# The digest of the index of several platforms that a manifest was chosen from.
INDEX = "dev.vessel.index"


@dataclass(frozen=True, slots=True)
class File:
    """A regular file at the absolute `path`, from the host's file or from bytes."""

    path: str
    source: Path | bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link at the absolute `path`."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory at the absolute `path`; only needed when it is empty or not 0755."""

    path: str
    mode: int = 0o755


Entry = File | Link | Directory


@dataclass(frozen=True, slots=True)
class Image:
    """One image: its full name, its single layer and its configuration.

    `user` is `uid:gid`, empty for root. `labels` go into the configuration and, as annotations,
    into the manifest. The kubelet never removes a `pinned` image.
    """

    name: str
    entries: Sequence[Entry]
    entrypoint: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    pinned: bool = False


def write_layout(
    images: Iterable[Image], directory: Path, *, epoch: int, architecture: str = "amd64"
) -> dict[str, str]:
    """Write all `images` into the empty `directory`; returns name -> manifest digest, in order.

    `epoch` (seconds) is the time of every file and image. Raises VES-530 for a file that the
    layer would hold twice or below a non-directory.
    """
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    manifests = [_write_image(image, blobs, epoch, architecture) for image in images]
    write_bytes(directory / "oci-layout", canonical_json({"imageLayoutVersion": "1.0.0"}))
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests}
    write_bytes(directory / "index.json", canonical_json(index))
    return {entry["annotations"][NAME]: entry["digest"] for entry in manifests}


def write_layer(entries: Iterable[Entry], blobs: Path, *, epoch: int) -> tuple[str, int]:
    """Write a layer into `blobs` under its digest; returns (sha256, size in bytes).

    Parents that are not named are made as 0755.
    """
    scratch = blobs / ".layer"
    with scratch.open("wb") as file:
        sink = _Sink(file)
        with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as layer:
            for entry in _complete(entries):
                _add(layer, entry, epoch)
    digest = sink.hasher.hexdigest()
    scratch.replace(blobs / digest)
    return digest, sink.size


def size(image: Image) -> int:
    """Bytes of the files of `image`."""
    sources = [entry.source for entry in image.entries if isinstance(entry, File)]
    return sum(len(s) if isinstance(s, bytes) else s.stat().st_size for s in sources)


class _Sink(io.RawIOBase):
    """A file that is only written to, and knows its digest and size."""

    def __init__(self, file: io.BufferedWriter) -> None:
        self.file, self.hasher, self.size = file, hashlib.sha256(), 0

    def write(self, data: Any, /) -> int:
        self.hasher.update(data)
        self.size += len(data)
        return self.file.write(data)

    def tell(self) -> int:
        return self.size


def _complete(entries: Iterable[Entry]) -> list[Entry]:
    """All entries and their parents, parents first."""
    known: dict[PurePosixPath, Entry] = {}
    for entry in entries:
        path = PurePosixPath("/") / entry.path
        if path in known:
            raise VesselError.of("VES-530", f"{path} is in an image layer twice", REPORT)
        known[path] = entry
    for path in list(known):
        for parent in list(path.parents)[:-1]:
            if not isinstance(known.setdefault(parent, Directory(str(parent))), Directory):
                what = f"{path} lies below {parent}, not a directory"
                raise VesselError.of("VES-530", what, REPORT)
    return [known[path] for path in sorted(known)]


def _add(layer: tarfile.TarFile, entry: Entry, epoch: int) -> None:
    member = tarfile.TarInfo(entry.path.lstrip("/"))
    member.mtime = epoch
    if isinstance(entry, Link):
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, entry.target, 0o777
        layer.addfile(member)
    elif isinstance(entry, Directory):
        member.type, member.mode = tarfile.DIRTYPE, entry.mode
        layer.addfile(member)
    elif isinstance(entry.source, bytes):
        member.size, member.mode = len(entry.source), entry.mode
        layer.addfile(member, io.BytesIO(entry.source))
    else:
        with entry.source.open("rb") as source:
            member.size, member.mode = entry.source.stat().st_size, entry.mode
            layer.addfile(member, source)


def _write_image(image: Image, blobs: Path, epoch: int, architecture: str) -> dict[str, Any]:
    """Write one image's blobs; returns its descriptor for the index."""
    created = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    layer, size = write_layer(image.entries, blobs, epoch=epoch)
    settings = {
        "Env": [f"{key}={value}" for key, value in sorted(image.environment.items())],
        "Entrypoint": list(image.entrypoint),
        "User": image.user,
        "WorkingDir": "/",
        "Labels": dict(image.labels),
    }
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": {key: value for key, value in settings.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
        "history": [{"created": created, "created_by": "vessel.image"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": write_blob(blobs, CONFIG_TYPE, canonical_json(config)),
        "layers": [{"mediaType": LAYER_TYPE, "digest": f"sha256:{layer}", "size": size}],
        "annotations": {"org.opencontainers.image.created": created, **image.labels},
    }
    annotations = {NAME: image.name, "org.opencontainers.image.ref.name": _tag(image.name)}
    if image.pinned:
        annotations[PINNED] = "true"
    return {
        **write_blob(blobs, MANIFEST_TYPE, canonical_json(manifest)),
        "annotations": annotations,
    }


def write_blob(blobs: Path, media_type: str, data: bytes) -> dict[str, Any]:
    """Write `data` into `blobs` under its digest; returns its descriptor."""
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


def _tag(name: str) -> str:
    return name.rsplit(":", 1)[1]
