"""What of the host shapes a stage besides code of ours: part of its id."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import sha256_file

SHAPES_NO_RESULT = True  # what it finds is in the ids themselves


def host_tool_digest(program: str) -> str:
    """SHA-256 of a host program that shapes a stage (mmdebstrap is a script of its own)."""
    found = shutil.which(program)
    if found is None:
        raise VesselError.of(
            "VES-101", f"{program} is not installed", "Run `make setup`, which installs it."
        )
    return sha256_file(Path(found))


def ansible_versions() -> dict[str, str]:
    """What applies the roles: Ansible, and the engine that renders their templates."""
    return {name: version(name) for name in ("ansible-core", "jinja2")}
