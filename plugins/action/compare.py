# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module compare, whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.files import write_text
from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._export.exported import read
from ansible_collections.vessel.image.plugins.module_utils._report.compare import compare
from ansible_collections.vessel.image.plugins.module_utils._report.tell import LIMIT, tell
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Compares two images."""

    ARGUMENTS = {
        "old": {"type": "path", "required": True},
        "new": {"type": "path", "required": True},
        "limit": {"type": "int", "default": LIMIT},
        "report": {"type": "path"},
    }
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        difference = compare(read(Path(given["old"])), read(Path(given["new"])))
        lines = tell(difference, given["limit"])
        for line in lines:
            report(line)
        return {
            "changed": self._write(given["report"], difference),
            "diff": difference,
            "summary": lines,
        }

    def _write(self, name: str | None, difference: dict[str, Any]) -> bool:
        """Whether the report's bytes are new."""
        if name is None:
            return False
        text = json.dumps(difference, indent=2, ensure_ascii=False) + "\n"
        path = Path(name)
        if path.is_file() and path.read_bytes() == text.encode():
            return False
        if not self._task.check_mode:
            write_text(path, text)
        return True
