"""manifest.json: what was made, out of what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..._common.files import sha256_file
from ..._plan.image import Image
from ..._plan.stage import Kind, Stage, Work, in_order
from ..components import COMPONENTS
from ..manifest import MANIFEST, SCHEMA
from ..paper import Paper

# What comes first, in this order.
ABOUT = ("name", "vessel", "spec_sha256", "lock_sha256", "source_date_epoch")


def make(work: Work) -> None:
    """Measure the image's files, and write it."""
    said = work.options
    components = json.loads((work.inputs["components"] / COMPONENTS).read_bytes())
    content = {
        "schema": SCHEMA,
        **{key: said["image"][key] for key in ABOUT},
        "stages": said["stages"],
        "artifacts": _artifacts(work),
        "components": [dict(sorted(each.items())) for each in _by_name(components)],
        "node": {**said["facts"], **_sums(said, components)},
    }
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (work.place / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def says(image: Image, formats: Mapping[str, Stage]) -> dict[str, Any]:
    """What it says of an image besides measures."""
    return {
        "image": {
            "name": image.name,
            "vessel": image.vessel,
            "spec_sha256": image.spec_sha256,
            "lock_sha256": image.lock_sha256,
            "source_date_epoch": image.epoch,
        },
        "architecture": image.architecture,
        "facts": image.facts,
        "sums": image.sums,
        "formats": sorted(formats),
        "stages": [{"name": each.name, "id": each.id} for each in in_order(formats.values())],
    }


KIND = Paper(Kind("manifest", "describe the image", make), ("components", "formats"), says)


def _artifacts(work: Work) -> list[dict[str, Any]]:
    found = [
        {
            "path": file.name,
            "format": name,
            "arch": work.options["architecture"],
            "size": file.stat().st_size,
            "sha256": sha256_file(file),
        }
        for name in work.options["formats"]
        for file in work.inputs[name].iterdir()
    ]
    return sorted(found, key=lambda artifact: str(artifact["path"]))


def _by_name(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(components, key=lambda each: (each["name"], each["version"]))


def _sums(said: Mapping[str, Any], components: list[dict[str, Any]]) -> dict[str, Any]:
    """The facts that are sizes in bytes: of each value, those of the components it names."""
    sizes = {each["name"]: each["size"] for each in components}
    return {
        fact: {
            name: sum(sizes.get(each, 0) for each in named)
            for name, named in said["facts"][fact].items()
        }
        for fact in said["sums"]
    }
