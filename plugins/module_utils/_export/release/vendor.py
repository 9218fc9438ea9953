"""What the vendor's bundle says of a release.

The bundle is the `unified-tkr-vsphere.tar.gz` that https://github.com/vmware/vks-image-builder
takes; of what is below `config/` in it, the TanzuKubernetesRelease is read.
"""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from ..._common.errors import VesselError

KIND = "TanzuKubernetesRelease"
# Of tar (a link to nothing is a KeyError), of what compresses, and of YAML, whose deep nesting is
# Python's error.
UNREADABLE = (
    *(tarfile.TarError, KeyError, OSError, EOFError, zlib.error, lzma.LZMAError),
    *(yaml.YAMLError, ValueError, RecursionError),
)
MOST_BYTES = 4_000_000  # of one file; those of a release have some thousands


@dataclass(frozen=True, slots=True)
class Vendor:
    """A release of the vendor's: its section `kubernetes`, and the names of its packages."""

    kubernetes: Mapping[str, Any]
    packages: Sequence[Mapping[str, str]]


def read(bundle: Path, kubernetes: str) -> Vendor:
    """The release in a bundle, which must be of the Kubernetes whose tag is `kubernetes`.

    Raises VES-891 when there is none that can be read, VES-892 for another Kubernetes.
    """
    try:
        releases = [each for each in _documents(bundle) if each.get("kind") == KIND]
    except UNREADABLE as error:
        raise _strange(f"cannot be read: {error}") from error
    if len(releases) != 1:
        raise _strange(f"has {len(releases)} objects {KIND} below config/, not one")
    try:
        said, packages = releases[0]["spec"]["kubernetes"], releases[0]["spec"]["bootstrapPackages"]
        version, names = str(said["version"]), [{"name": str(each["name"])} for each in packages]
    except (KeyError, TypeError, IndexError) as error:
        raise _strange(f"has a {KIND} of another form: {error}") from error
    if version.partition("+")[0] != kubernetes:
        raise VesselError.of(
            "VES-892",
            f"the vendor's bundle is of Kubernetes {version}, and the spec of {kubernetes}",
            "Take the bundle of the same version, or set `kubernetes.version` to the bundle's.",
        )
    return Vendor(said, names)


def _documents(bundle: Path) -> Iterator[Mapping[str, Any]]:
    """The documents below `config/`."""
    with tarfile.open(bundle) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.parts[:1] != ("config",) or path.suffix not in (".yml", ".yaml"):
                continue
            if member.size > MOST_BYTES:
                raise _strange(f"has {path} with {member.size} bytes")
            if file := archive.extractfile(member):
                # All are texts in a release; YAML's other kinds would be other bytes, or none.
                content = yaml.load_all(file.read().decode(), Loader=yaml.BaseLoader)
                yield from (each for each in content if isinstance(each, Mapping))


def _strange(why: str) -> VesselError:
    return VesselError.of(
        "VES-891",
        f"the vendor's bundle {why}",
        "Name the unified-tkr-vsphere.tar.gz of the vendor's artifacts in `release.vendor`.",
    )
