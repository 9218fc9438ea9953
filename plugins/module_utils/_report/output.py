"""An output directory, read: what its papers say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._disk import contents
from .._export import manifest
from .._export.export import PROOF

AGAIN = "Build the image again: `ansible-playbook build-image.yml`."


@dataclass(frozen=True, slots=True)
class Output:
    """One output directory with what manifest.json and contents.json hold."""

    directory: Path
    manifest: Mapping[str, Any]
    contents: Mapping[str, Any]


def read_output(path: Path) -> Output:
    """The output at `path`: the directory, a paper in it or an image file in it.

    Raises VES-711 when there is nothing, VES-712 without a manifest or when it does not name the
    image file, VES-713 without contents, VES-714 for a schema of another version, and VES-715 for
    a paper that is damaged.
    """
    if not path.exists():
        raise VesselError.of(
            "VES-711",
            f"there is no {path}",
            "Name the directory of an image, such as output/wasm-node, or a file in it.",
        )
    directory = path if path.is_dir() else path.parent
    told = _read(directory / manifest.MANIFEST, manifest.SCHEMA, "VES-712")
    images = [str(artifact["path"]) for artifact in told["artifacts"]]
    if path.is_file() and path.name not in [*images, manifest.MANIFEST, contents.CONTENTS]:
        raise VesselError.of(
            "VES-712",
            f"the manifest beside {path} does not name it",
            f"Name one of {', '.join(images)}, or the directory.",
        )
    return Output(directory, told, _read(directory / contents.CONTENTS, contents.SCHEMA, "VES-713"))


def read_proof(directory: Path, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """The proof of one of the very image files that the manifest names; None without one."""
    proof = read_paper(directory / PROOF)
    digests = [artifact["sha256"] for artifact in told["artifacts"]]
    about = proof.get("artifact", {}).get("sha256") if proof else None
    return proof if about in digests else None


def read_paper(path: Path) -> dict[str, Any] | None:
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
