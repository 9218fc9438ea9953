"""The lines that end a build: what came out, how large, how long, and how to prove it."""

from __future__ import annotations

import json
from pathlib import Path

from .._export.export import BUILD, PROOF
from .._export.manifest import MANIFEST


def summary(directory: Path, image_name: str) -> list[str]:
    """The summary of the image in `directory`."""
    manifest = json.loads((directory / MANIFEST).read_bytes())
    build = json.loads((directory / BUILD).read_bytes())
    lines = ["", f"built {image_name}"]
    for artifact in manifest["artifacts"]:
        size = artifact["size"] / 1e6
        lines.append(f"  {directory / artifact['path']}  {size:.0f} MB")
        lines.append(f"  sha256 {artifact['sha256']}")
    times = [
        f"{stage['name']} {'kept' if stage['cached'] else format(stage['seconds'], '.1f') + ' s'}"
        for stage in build["stages"]
    ]
    lines.append(f"  stages: {', '.join(times)}")
    proved = _is_proved(directory, manifest)
    lines.append(f"  {'proved' if proved else 'not proved yet; prove it with: molecule test'}")
    return lines


def _is_proved(directory: Path, manifest: dict[str, list[dict[str, str]]]) -> bool:
    """True when the proof says passed, of one of these very files."""
    try:
        proof = json.loads((directory / PROOF).read_bytes())
    except (OSError, ValueError):
        return False
    digests = {artifact["sha256"] for artifact in manifest["artifacts"]}
    return bool(proof.get("passed")) and proof.get("artifact", {}).get("sha256") in digests
