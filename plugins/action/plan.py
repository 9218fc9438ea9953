# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module plan, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._flow.planning import plan_spec
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import BUILD, LocalAction


class ActionModule(LocalAction):
    """Plans a build."""

    ARGUMENTS = BUILD
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        check, diff = self._task.check_mode, self._task.diff
        planned = plan_spec(
            Path(given["spec"]),
            Path(given["root"]).resolve(),
            Path(given["output"]),
            keep=not check,
            verify=given["verify"],
        )
        if check and not diff:
            for line in planned.table().splitlines():
                report(line)
        return {
            "changed": not planned.built,
            "plan_id": planned.id,
            "built": planned.built,
            "stages": planned.rows(),
            "diff": {"prepared": planned.table()},
        }
