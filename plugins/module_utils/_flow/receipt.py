"""What a finished build noted, so that the next one sees at a glance that nothing has changed.

A glance reads bytes only: no YAML is parsed and no plan is made, so that it takes milliseconds.
Whatever differs, if only a comment, leads to the plan, whose stage ids decide.
"""

from __future__ import annotations

import json
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import digest, sha256_file, write_text
from .._common.places import cache_root
from .._export.exported import read
from .._export.manifest import MANIFEST
from .._lock.beside import digests
from .._lock.lockfile import lock_path
from .._plan.code import source_digest
from .._plan.plan import Plan
from .._plan.sources import ansible_versions, host_tool_digest
from .summary import summary

CODE = ("packer", "playbooks", "plugins", "roles", "native")


def write(plan: Plan, output: Path) -> None:
    """Note that the image of `plan` lies below `output`."""
    directory = output / plan.name
    beside, roles = list(plan.beside), list(plan.roles)
    receipt = {
        "beside": beside,
        "roles": roles,
        "inputs": _inputs(plan.spec_file, plan.root, beside, roles),
        "directory": str(directory),
        "image": plan.stem,
        "manifest": sha256_file(directory / MANIFEST),
        "parts": {stage.name: dict(stage.parts) for stage in plan.stages},
    }
    write_text(_place(plan.spec_file, plan.root, output), json.dumps(receipt))


def glance(spec_file: Path, root: Path, output: Path, *, verify: bool) -> list[str] | None:
    """The summary of the image below `output` when nothing has changed since it was built: no
    input, no size of its files and with `verify` no byte of them. None when that needs a plan."""
    try:
        receipt = json.loads(_place(spec_file, root, output).read_bytes())
        directory = Path(receipt["directory"])
        if (
            receipt["inputs"] == _inputs(spec_file, root, receipt["beside"], receipt["roles"])
            and receipt["manifest"] == sha256_file(directory / MANIFEST)
            and read(directory).is_whole(verify=verify)
        ):
            return summary(directory, receipt["image"])
    except (VesselError, OSError, ValueError, KeyError, TypeError):
        pass  # no receipt, or not of this version: the plan tells
    return None


def last_parts(spec_file: Path, root: Path, output: Path) -> dict[str, dict[str, str]]:
    """The parts of each stage's id in the last finished build of this spec; empty without one."""
    try:
        receipt = json.loads(_place(spec_file, root, output).read_bytes())
        found: dict[str, dict[str, str]] = receipt["parts"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found


def _inputs(spec_file: Path, root: Path, beside: list[str], roles: list[str]) -> str:
    return digest(
        {
            "spec": sha256_file(spec_file),
            "lock": sha256_file(lock_path(spec_file)),
            "beside": digests(spec_file.parent, beside, roles),
            "code": source_digest(root, CODE),
            "ansible": ansible_versions(),
            "mmdebstrap": host_tool_digest("mmdebstrap"),
        }
    )


def _place(spec_file: Path, root: Path, output: Path) -> Path:
    name = digest([str(path.absolute()) for path in (spec_file, root, output)])
    return cache_root() / "receipts" / f"{name}.json"
