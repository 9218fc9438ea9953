"""The lines that end a build: what came out, how large, how long, and how to prove it."""

from __future__ import annotations

import json
from pathlib import Path

from .._export.exported import BUILD, REPORT, Exported
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
    made = [stage for stage in build["stages"] if not stage["cached"]]
    kept = len(build["stages"]) - len(made)
    times = [f"{stage['name']} {stage['seconds']:.1f} s" for stage in made]
    lines.append(f"  stages: {', '.join([*times, f'{kept} kept'])}")
    if (directory / REPORT).is_file():
        lines.append(f"  report: {directory / REPORT}")
    # Only a proof that passed, of one of these very files.
    proof = Exported(directory, manifest).proof or {}
    proved = "proved" if proof.get("passed") else "not proved yet; prove it with: molecule test"
    lines.append(f"  {proved}")
    return lines
