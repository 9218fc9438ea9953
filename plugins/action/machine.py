# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module machine, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._flow.stages import (
    begin,
    finish,
    seal,
    variables,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import load
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Runs the stages of one phase."""

    ARGUMENTS = {
        "phase": {"type": "str", "required": True, "choices": ["begin", "seal", "finish"]},
        "plan_id": {"type": "str", "required": True},
        "tree": {"type": "path"},
        "output": {"type": "path"},
    }
    REQUIRED_IF = [("phase", "finish", ("output",))]
    _supports_check_mode = False

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        plan = load(given["plan_id"])
        tree = Path(given["tree"]) if given["tree"] else None
        if given["phase"] == "finish":
            finish(plan, tree, Path(given["output"]))
            return {"changed": True}
        if given["phase"] == "seal":
            opened = seal(plan, tree)
            return {"changed": opened is not None, "tree": str(opened or "")}
        opened = begin(plan)
        return {
            "changed": opened is not None,
            "tree": str(opened or ""),
            "variables": variables(plan),
        }
