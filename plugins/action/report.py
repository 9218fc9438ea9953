# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module report, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._report.page import write_report
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Renders an image's papers as a page."""

    ARGUMENTS = {"output": {"type": "path", "required": True}}
    _supports_check_mode = False

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"changed": True, "path": str(write_report(Path(given["output"])))}
