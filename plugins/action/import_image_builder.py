# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module import_image_builder, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._importer import telling, writing
from ansible_collections.vessel.image.plugins.module_utils._importer.draft import Request
from ansible_collections.vessel.image.plugins.module_utils._importer.importing import (
    Imported,
    imported,
    told,
)
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Writes a spec from image-builder's variables."""

    ARGUMENTS = {
        "variable_files": {"type": "list", "elements": "path", "required": True},
        "spec": {"type": "path", "required": True},
        "root": {"type": "path", "required": True},
        "checkout": {"type": "path"},
        "mounts": {"type": "dict", "default": {}},
        "digests": {"type": "dict", "default": {}},
        "machine_proxy": {"type": "bool", "default": False},
        "ovf_properties": {"type": "path"},
        "force": {"type": "bool", "default": False},
    }
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        request = Request(
            files=tuple(Path(name) for name in given["variable_files"]),
            spec=Path(given["spec"]),
            checkout=Path(given["checkout"]) if given["checkout"] else None,
            mounts={str(name): Path(path) for name, path in given["mounts"].items()},
            digests={str(url): str(digest) for url, digest in given["digests"].items()},
            machine_proxy=given["machine_proxy"],
            properties=Path(given["ovf_properties"]) if given["ovf_properties"] else None,
        )
        result = imported(request, Path(given["root"]))
        directory = request.spec.parent
        names = writing.changed(directory, result.sources)
        if not given["force"]:
            writing.check_free(directory, names)
        lines = list(telling.lines(result, everything=self._display.verbosity > 0))
        for line in lines:
            report(line)
        diff = [self._difference(directory, name, result) for name in names]
        if not self._task.check_mode:
            writing.lay(directory, {name: result.sources[name] for name in names})
        return {
            "changed": bool(names),
            "spec": str(request.spec),
            "written": [str(directory / name) for name in names],
            "summary": lines,
            "diff": diff,
            **told(result),
        }

    def _difference(self, directory: Path, name: str, result: Imported) -> dict[str, str]:
        """Before and after, of the texts that the import itself makes: what it copies may be large,
        and what is in it is nobody's here."""
        path, source = directory / name, result.sources[name]
        if isinstance(source, Path):
            return {"prepared": f"{path}: a copy of {source}\n"}
        before = path.read_text(errors="replace") if path.is_file() else ""
        header = str(path)
        return {
            "before": before,
            "after": source.decode(errors="replace"),
            "before_header": header,
            "after_header": header,
        }
