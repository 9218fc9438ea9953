"""Images that the user brings as OCI archives -> into the layout that the preload stage imports.

WebAssembly comes in images of the platform wasi/wasm or wasip1/wasm, and in artifacts, whose layers
are modules: https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/, and the older
form https://github.com/solo-io/wasm/blob/master/spec/spec.md.

Format: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md, in a tar file, as
`skopeo copy … oci-archive:`, `buildah push`, `nerdctl save` and `docker save` (25 and later) write.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .._common.errors import VesselError
from .._common.files import CHUNK, atomic_file, canonical_json, write_bytes
from .._common.imagename import is_full_name
from .._common.refusals import is_refusal
from .._common.tarball import open_tar
from . import shapes
from .artifact import is_wasm, refusal
from .layout import INDEX, NAME, PINNED

REFERENCE = "org.opencontainers.image.ref.name"
BLOB = re.compile(r"(?:\./)?blobs/sha256/([0-9a-f]{64})")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
INDEXES = ("application/vnd.oci.image.index.v1+json",
           "application/vnd.docker.distribution.manifest.list.v2+json")  # fmt: skip
LARGEST_DOCUMENT = 4 << 20  # bytes of an index or manifest


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive: its path beside the spec, its file, the image's name if the spec has it, and
    whether the kubelet must never remove the image."""

    source: str
    file: Path
    name: str = ""
    pinned: bool = True


def add_archive(archive: Archive, layout: Path, *, architecture: str) -> dict[str, str]:
    """Add the archive's images for `architecture` to the OCI layout in the directory `layout`, or
    those for WebAssembly where it has no such.

    Returns name -> manifest digest. Raises VES-534 when it is no OCI archive, when a document or
    blob in it is not what it should be, and for an image without a name or for this architecture;
    VES-535 for an artifact of something else.
    """
    try:
        return _add(archive, layout, architecture)
    except shapes.Odd as error:
        raise _refused(archive, str(error)) from error
    except RecursionError as error:
        raise _refused(archive, "its indexes lie too deep in each other") from error


def _add(archive: Archive, layout: Path, architecture: str) -> dict[str, str]:
    try:
        with open_tar(archive.file) as tar:
            index = _copy(tar, layout, archive)
    except (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        if is_refusal(error):
            raise
        raise _refused(archive, f"it is not a tar file: {error}") from error
    found = {}
    for descriptor in shapes.children(index):
        name = archive.name or _name(descriptor)
        if not name:
            raise _unnamed(archive, descriptor)
        if name in found:
            raise _refused(archive, f"it holds more than one image called {name}")
        manifest = _for(architecture, descriptor, layout, archive)
        manifest["annotations"] = {NAME: name, **manifest.get("annotations", {})}
        if archive.pinned:
            manifest["annotations"][PINNED] = "true"
        found[name] = manifest
    if not found:
        raise _refused(archive, "it holds no image")
    whole = json.loads((layout / "index.json").read_bytes())
    whole["manifests"] += [found[name] for name in sorted(found)]
    write_bytes(layout / "index.json", canonical_json(whole))
    return {name: manifest["digest"] for name, manifest in found.items()}


def _copy(tar: tarfile.TarFile, layout: Path, archive: Archive) -> Mapping[str, Any]:
    """Copy every blob into the layout, its digest verified; returns the archive's index."""
    index: Mapping[str, Any] | None = None
    for member in tar:
        content = tar.extractfile(member) if member.isfile() else None
        if content is None:
            continue
        if match := BLOB.fullmatch(member.name):
            _keep(content, layout / "blobs/sha256" / match[1], archive)
        elif member.name.removeprefix("./") == "index.json":
            index = shapes.document(content.read(LARGEST_DOCUMENT), "index.json")
    if index is None:
        raise _refused(archive, "it has no index.json")
    return index


def _keep(content: IO[bytes], blob: Path, archive: Archive) -> None:
    hasher = hashlib.sha256()
    with atomic_file(blob) as file:
        while chunk := content.read(CHUNK):
            hasher.update(chunk)
            file.write(chunk)
        if hasher.hexdigest() != blob.name:
            raise _refused(archive, f"its blob sha256:{blob.name} holds other bytes")


def _for(
    architecture: str, descriptor: Mapping[str, Any], layout: Path, archive: Archive
) -> dict[str, Any]:
    """The descriptor of the one manifest for `architecture`, out of an index of several; else that
    of the first one for WebAssembly. An index that a node with this processor finds it by, too, is
    an annotation of it."""
    if descriptor["mediaType"] not in INDEXES:
        if why := refusal(_manifest(descriptor, layout, archive)):
            raise _refused(archive, why, "Leave it out: no container can be made of it.", "VES-535")
        return {key: descriptor[key] for key in ("mediaType", "digest", "size")}
    inner = [_placed(architecture, each, layout, archive)
             for each in _inner(descriptor, layout, archive)]  # fmt: skip
    for each in inner:
        platform = each["platform"]
        if (platform.get("os"), platform.get("architecture")) == ("linux", architecture):
            chosen = _for(architecture, each, layout, archive)
            direct = chosen["digest"] == each["digest"]
            return {**chosen, "annotations": {INDEX: descriptor["digest"]}} if direct else chosen
    for each in inner:
        if is_wasm(each["platform"]):
            return _for(architecture, each, layout, archive)
    raise _refused(archive, f"it has no image for linux/{architecture} or WebAssembly")


def _placed(
    architecture: str, child: shapes.Descriptor, layout: Path, archive: Archive
) -> shapes.Descriptor:
    """An index's child with what it is for: where the index does not say, its image's configuration
    knows; a further index is for what fits best in it."""
    if child.get("platform"):
        return child
    found: Mapping[str, str] = {}
    if child["mediaType"] in INDEXES:
        inner = [_placed(architecture, each, layout, archive)["platform"]
                 for each in _inner(child, layout, archive)]  # fmt: skip
        wanted = ("linux", architecture)
        fitting = [each for each in inner if (each.get("os"), each.get("architecture")) == wanted]
        found = next(iter([*fitting, *filter(is_wasm, inner)]), {})
    elif "digest" in (config := _manifest(child, layout, archive)["config"]):
        with suppress(shapes.Odd):  # of something that is no image, and not chosen then
            data = _read(config, layout, archive)
            found = shapes.platform(shapes.document(data, "configuration"))
    return {**child, "platform": found}


def _inner(index: shapes.Descriptor, layout: Path, archive: Archive) -> Sequence[shapes.Descriptor]:
    return shapes.children(shapes.document(_read(index, layout, archive), "index"))


def _manifest(found: shapes.Descriptor, layout: Path, archive: Archive) -> Mapping[str, Any]:
    """The manifest, all of whose blobs are there."""
    manifest = shapes.manifest(shapes.document(_read(found, layout, archive), "manifest"))
    for each in (manifest["config"], *manifest["layers"]):
        if "digest" in each:
            _blob(each, layout, archive)
    return manifest


def _read(descriptor: shapes.Descriptor, layout: Path, archive: Archive) -> bytes:
    with _blob(descriptor, layout, archive).open("rb") as file:
        return file.read(LARGEST_DOCUMENT)


def _blob(descriptor: shapes.Descriptor, layout: Path, archive: Archive) -> Path:
    blobs, digest = layout / "blobs/sha256", str(descriptor["digest"])
    if not DIGEST.fullmatch(digest) or not (blobs / digest.removeprefix("sha256:")).is_file():
        raise _refused(archive, f"it lacks its blob {digest}")
    blob = blobs / digest.removeprefix("sha256:")
    has, said = blob.stat().st_size, descriptor.get("size")
    if said is not None and has != said:
        raise _refused(archive, f"its blob {digest} has {has} bytes, not {said}")
    return blob


def _name(descriptor: shapes.Descriptor) -> str:
    """The full name that the tool that wrote the archive noted, if it is one."""
    annotations: Mapping[str, str] = descriptor.get("annotations", {})
    names = (annotations.get(key, "") for key in (NAME, REFERENCE))
    return next(filter(is_full_name, names), "")


def _unnamed(archive: Archive, descriptor: shapes.Descriptor) -> VesselError:
    annotations: Mapping[str, str] = descriptor.get("annotations", {})
    given = [annotations[key] for key in (NAME, REFERENCE) if annotations.get(key)]
    said = f"it says only {given[0]!r} of" if given else "it does not say"
    why = f"{said} what its image is called"
    hint = "Give its `name` with registry and tag, such as docker.io/library/app:1.0."
    return _refused(archive, why, hint)


def _refused(archive: Archive, why: str, hint: str = "", code: str = "VES-534") -> VesselError:
    return VesselError.of(
        code,
        f"{archive.source} cannot be preloaded: {why}",
        hint or "Write it anew, for example with `skopeo copy … oci-archive:FILE:NAME:TAG`.",
    )
