"""What the tests of this room share: an import of variables that a test says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._importer.draft import Request
from ansible_collections.vessel.image.plugins.module_utils._importer.importing import (
    Imported,
    imported,
)

ROOT = Path(__file__).resolve().parents[3]
VERSION = {"kubernetes_semver": "v1.36.3"}


def given(
    directory: Path, variables: Mapping[str, Any], *more: Mapping[str, Any], **request: Any
) -> Imported:
    """The import of files with `variables`, and `more`, in `directory`."""
    files = []
    for number, content in enumerate((variables, *more)):
        path = directory / f"{number}.json"
        path.write_text(json.dumps(content, indent=2))
        files.append(path)
    return imported(Request(tuple(files), directory / "specs/my-node.yml", **request), ROOT)


def reasons(result: Imported, key: str) -> list[tuple[str, str]]:
    """Kind and reason of each entry that lists `key`."""
    return [(str(each.kind), each.reason) for each in result.left if each.key == key]
