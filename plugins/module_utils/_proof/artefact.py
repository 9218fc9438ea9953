"""What was exported: the manifest, the image file, and whether they are what was summed up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import sha256_file
from .._lock.engines import HANDLERS, SHIMS

FORMAT = "qcow2"


@dataclass(frozen=True, slots=True)
class Exported:
    """One `output/<name>/` directory. `sha256` is the digest of `image` by its manifest."""

    directory: Path
    manifest: Mapping[str, Any]
    image: Path
    sha256: str

    @property
    def name(self) -> str:
        """The spec's name."""
        return str(self.manifest["name"])

    def of(self, what: str) -> str:
        """The digest of the `spec` or `lock` that it was made of."""
        return str(self.manifest[f"{what}_sha256"])

    @property
    def kubernetes(self) -> str:
        """The Kubernetes version on the image, without a leading `v`."""
        return str(self.manifest["node"]["kubernetes"]).removeprefix("v")

    @property
    def engines(self) -> tuple[str, ...]:
        """The Wasm engines on the image."""
        return tuple(self.manifest["node"]["wasm_runtimes"])

    @property
    def released(self) -> tuple[str, ...]:
        """The engines whose shim is somebody else's release."""
        fetched = {
            each["name"] for each in self.manifest["components"] if each["from"] == "release"
        }
        return tuple(name for name in self.engines if name in SHIMS and SHIMS[name].name in fetched)

    @property
    def handlers(self) -> tuple[str, ...]:
        """The containerd handlers of its engines."""
        return tuple(name for engine in self.engines for name in HANDLERS[engine])

    @property
    def krustlet(self) -> bool:
        """Whether Krustlet is on the image."""
        return bool(self.manifest["node"]["krustlet"])

    @property
    def logs(self) -> Path:
        """Where consoles and journals of the proof go."""
        return self.directory / "logs"


def load(directory: Path) -> Exported:
    """Read `directory` without looking at the image's bytes; see `problems` for those.

    Raises VES-801 when there is no manifest, or it names no qcow2 image.
    """
    hint = "Build it: `ansible-playbook build-image.yml`."
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise VesselError.of("VES-801", f"there is no image in {directory}", hint) from error
    for artifact in manifest["artifacts"]:
        if artifact["format"] == FORMAT:
            image = directory.absolute() / artifact["path"]
            return Exported(directory.absolute(), manifest, image, artifact["sha256"])
    raise VesselError.of("VES-801", f"the manifest in {directory} names no {FORMAT} image", hint)


def problems(directory: Path) -> list[str]:
    """Each file of `SHA256SUMS` that is missing or has other bytes; empty when all is well."""
    sums = directory / "SHA256SUMS"
    if not sums.is_file():
        return ["there is no SHA256SUMS"]
    found = []
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        path = directory / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif sha256_file(path) != expected:
            found.append(f"{name} has other bytes than SHA256SUMS says")
    return found
