# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module unchanged, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._export.publish import demand_writable
from ansible_collections.vessel.image.plugins.module_utils._flow.receipt import glance
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import BUILD, LocalAction


class ActionModule(LocalAction):
    """Compares what a finished build noted with what is there."""

    ARGUMENTS = BUILD
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        lines = glance(
            Path(given["spec"]),
            Path(given["root"]),
            Path(given["output"]),
            verify=given["verify"],
        )
        if lines is None:
            demand_writable(Path(given["output"]))  # the lock may take minutes
        for line in lines or ():
            report(line)
        return {"changed": False, "unchanged": lines is not None, "summary": lines or []}
