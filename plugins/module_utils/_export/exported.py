"""An output directory, read: the only reader of its papers and checksums.

The manifest is read at once, every other paper when it is asked for: the contents alone are several
megabytes, and an image that an older Vessel built has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import sha256_file
from .._common.version import Version
from .._disk import contents
from .._kinds.vessels import DEFAULT
from . import manifest
from .manifest import MANIFEST, SUMS

BUILD, PROOF, REPORT = "build.json", "proof.json", "report.html"
BOOTABLE = "qcow2"  # the format that a guest's overlay lies over, unless another is asked for
AGAIN = "Build the image again: `ansible-playbook build-image.yml`."
FIRST = "Build it: `ansible-playbook build-image.yml`."


@dataclass(frozen=True)
class Exported:
    """One `output/<name>/` directory and its manifest."""

    directory: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The spec's name."""
        return str(self.manifest["name"])

    @property
    def vessel(self) -> str:
        """The kind of machine that it is; an older Vessel built one only, and did not say."""
        return str(self.manifest.get("vessel", DEFAULT))

    @property
    def logs(self) -> Path:
        """Where consoles and journals of the proof go."""
        return self.directory / "logs"

    @property
    def image(self) -> Path:
        """The file that a machine boots. Raises VES-801 when the manifest names none."""
        return self.written(BOOTABLE)

    @property
    def sha256(self) -> str:
        """The digest of `image` by the manifest. Raises VES-801 as `image`."""
        return str(_artifact(self, BOOTABLE)["sha256"])

    def written(self, form: str) -> Path:
        """The file of the format `form`. Raises VES-801 when the manifest names none."""
        return self.directory / str(_artifact(self, form)["path"])

    def of(self, what: str) -> str:
        """The digest of the `spec` or `lock` that it was made of."""
        return str(self.manifest[f"{what}_sha256"])

    @cached_property
    def contents(self) -> Mapping[str, Any]:
        """contents.json. Raises VES-713 without it, VES-714 and VES-715 as `read`."""
        return _read(self.directory / contents.CONTENTS, contents.SCHEMA, "VES-713")

    @cached_property
    def build(self) -> Mapping[str, Any] | None:
        """build.json; None without one that can be read, or when an older Vessel wrote it."""
        found = _paper(self.directory / BUILD)
        return found if found and "plan" in found else None

    @property
    def proof(self) -> Mapping[str, Any] | None:
        """The proof of one of the very image files that the manifest names; None without one."""
        found = _paper(self.directory / PROOF)
        digests = [artifact["sha256"] for artifact in self.manifest["artifacts"]]
        about = found.get("artifact", {}).get("sha256") if found else None
        return found if about in digests else None

    @property
    def kubernetes(self) -> Version:
        """The Kubernetes version on the image."""
        return Version.of(str(self.manifest["node"]["kubernetes"]))

    @property
    def engines(self) -> tuple[str, ...]:
        """The WebAssembly engines on the image, in the spec's order."""
        return tuple(self.manifest["node"]["wasm_runtimes"])

    @property
    def krustlet(self) -> bool:
        """Whether Krustlet is on the image."""
        return bool(self.manifest["node"]["krustlet"])

    def is_whole(self, *, verify: bool) -> bool:
        """Whether the files that the manifest names are there with its sizes, and with `verify` its
        digests, and so are the contents. Raises OSError or KeyError for what is missing."""
        return (self.directory / contents.CONTENTS).is_file() and all(
            (self.directory / artifact["path"]).stat().st_size == artifact["size"]
            and (not verify or sha256_file(self.directory / artifact["path"]) == artifact["sha256"])
            for artifact in self.manifest["artifacts"]
        )

    def problems(self) -> list[str]:
        """Each file of `SHA256SUMS` that is missing or has other bytes; empty when all is well."""
        if not (self.directory / SUMS).is_file():
            return [f"there is no {SUMS}"]
        found = []
        for expected, name in _sums(self.directory):
            path = self.directory / name
            if not path.is_file():
                found.append(f"{name} is missing")
            elif sha256_file(path) != expected:
                found.append(f"{name} has other bytes than {SUMS} says")
        return found


def read(path: Path) -> Exported:
    """The output at `path`: the directory, a paper in it or an image file in it.

    Raises VES-711 when there is nothing, VES-712 without a manifest or when it does not name the
    image file, VES-714 for a schema of another version, and VES-715 for a paper that is damaged.
    """
    if not path.exists():
        raise VesselError.of(
            "VES-711",
            f"there is no {path}",
            "Name the directory of an image, such as output/wasm-node, or a file in it.",
        )
    directory = path if path.is_dir() else path.parent
    told = _read(directory / MANIFEST, manifest.SCHEMA, "VES-712")
    images = [str(artifact["path"]) for artifact in told["artifacts"]]
    if path.is_file() and path.name not in [*images, MANIFEST, contents.CONTENTS]:
        raise VesselError.of(
            "VES-712",
            f"the manifest beside {path} does not name it",
            f"Name one of {', '.join(images)}, or the directory.",
        )
    return Exported(directory, told)


def read_bootable(directory: Path, form: str = BOOTABLE) -> Exported:
    """The output in `directory`, of which a machine can boot the image of the format `form`; the
    image's bytes are not looked at, see `Exported.problems` for those.

    Raises VES-801 when there is no manifest, or it names no such image; else as `read`.
    """
    if not (directory / MANIFEST).is_file():
        raise VesselError.of("VES-801", f"there is no image in {directory}", FIRST)
    found = read(directory.absolute())
    _artifact(found, form)
    return found


def published(directory: Path) -> dict[str, str]:
    """File name: digest, of all that an output directory's checksums name; empty without them."""
    return {name: digest for digest, name in _sums(directory) if "/" not in name}


def built_of(directory: Path) -> str:
    """The id of the plan that the image in `directory` was built of; empty when none tells."""
    return str((_paper(directory / BUILD) or {}).get("plan", ""))


def _artifact(exported: Exported, form: str) -> Mapping[str, Any]:
    for artifact in exported.manifest["artifacts"]:
        if artifact["format"] == form:
            return dict(artifact)
    what = f"the manifest in {exported.directory} names no {form} image"
    raise VesselError.of("VES-801", what, f"Have {form} among the spec's `outputs`. {FIRST}")


def _sums(directory: Path) -> Iterator[tuple[str, str]]:
    """Digest and name of each line of SHA256SUMS; nothing without that file."""
    try:
        text = (directory / SUMS).read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        digest, found, name = line.partition("  ")
        if found:
            yield digest, name


def _paper(path: Path) -> dict[str, Any] | None:
    """A paper that need not be there."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _read(path: Path, schema: int, missing: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        why = {
            "VES-712": f"{path.parent} holds no image: it has no {path.name}",
            "VES-713": f"{path.parent} has no {path.name}: an older Vessel built its image",
        }
        raise VesselError.of(missing, why[missing], AGAIN) from error
    except ValueError as error:
        raise VesselError.of("VES-715", f"{path} is damaged: {error}", AGAIN) from error
    if not isinstance(found, dict) or "schema" not in found:
        raise VesselError.of("VES-715", f"{path} is not what Vessel writes", AGAIN)
    if found["schema"] != schema:
        raise VesselError.of(
            "VES-714",
            f"{path} has schema {found['schema']}; this Vessel knows {schema}",
            "Use the Vessel that built it, or build the image again with this one.",
        )
    return found
