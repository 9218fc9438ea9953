"""Where a proof was run, and by which Vessel: what else shapes a result besides the image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from .._common.errors import VesselError
from .._common.run import run
from .._export.publish import this_host

UNKNOWN = "unknown"


def where(root: Path, accelerator: str) -> dict[str, Any]:
    """The Vessel in `root`, this host (by what it is, not by its name), and what guests ran under,
    where there were any."""
    told = {"vessel": this_vessel(root), "host": this_host()}
    return {**told, "accelerator": accelerator} if accelerator else told


def this_vessel(root: Path) -> dict[str, str]:
    """Its `version`; of a clone its `commit` as well, followed by `+` where files of the project
    were changed since."""
    commit = _git(root, "rev-parse", "HEAD")
    changed = "+" if commit and _git(root, "status", "--porcelain", "--untracked-files=no") else ""
    return {"version": _version(root), **({"commit": f"{commit}{changed}"} if commit else {})}


def _version(root: Path) -> str:
    """Of a clone, or of the collection as Galaxy installs it."""
    try:
        return str(yaml.safe_load((root / "galaxy.yml").read_bytes())["version"])
    except OSError:
        pass
    try:
        told = json.loads((root / "MANIFEST.json").read_bytes())
        return str(told["collection_info"]["version"])
    except (OSError, ValueError, KeyError):
        return UNKNOWN


def _git(root: Path, *words: str) -> str:
    """What git says of the clone in `root`; empty where that is none, or there is no git."""
    if not (root / ".git").exists():
        return ""
    try:
        return run(["git", "-C", root, *words], timeout=60, check=False).stdout.strip()
    except VesselError:
        return ""
