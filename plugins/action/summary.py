# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module summary, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._flow import receipt
from ansible_collections.vessel.image.plugins.module_utils._flow.summary import summary
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import load
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Says what was built, and notes it for the next run."""

    ARGUMENTS = {
        "plan_id": {"type": "str", "required": True},
        "output": {"type": "path", "required": True},
    }
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        plan, output = load(given["plan_id"]), Path(given["output"])
        lines = summary(output / plan.name, plan.stem)
        receipt.write(plan, output)
        for line in lines:
            report(line)
        return {"changed": False, "summary": lines}
