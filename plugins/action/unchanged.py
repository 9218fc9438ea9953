# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module unchanged, whole: it only reads here, and starting a module would take ten times as
long as it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._flow.receipt import glance

PATH = {"type": "path", "required": True}
ARGUMENTS = {
    "spec": PATH,
    "root": PATH,
    "output": PATH,
    "verify": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Compares what a finished build noted with what is there."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars or {})
        _, given = self.validate_argument_spec(ARGUMENTS)
        try:
            lines = glance(
                Path(given["spec"]),
                Path(given["root"]),
                Path(given["output"]),
                verify=given["verify"],
            )
        except VesselError as error:
            raise AnsibleActionFail(str(error)) from error
        for line in lines or ():
            report(line)
        return {**result, "changed": False, "unchanged": lines is not None, "summary": lines or []}
