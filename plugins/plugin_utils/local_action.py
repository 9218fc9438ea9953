# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that work on the controller only, as action plugins: starting a module there takes longer
than an empty playbook, and a build has several."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible_collections.vessel.image.plugins.module_utils._common import lifeline
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.refusals import refusals_told

# The arguments of what looks at one build as a whole.
BUILD: dict[str, Any] = {
    "spec": {"type": "path", "required": True},
    "root": {"type": "path", "required": True},
    "output": {"type": "path", "required": True},
    "verify": {"type": "bool", "default": False},
}


class LocalAction(ActionBase):
    """One call into the library, in Ansible's own worker process; the module of the same name holds
    the documentation."""

    ARGUMENTS: ClassVar[dict[str, Any]]
    REQUIRED_IF: ClassVar[list[Any]] = []
    OUTLIVED: ClassVar[bool] = False  # what it starts goes on after the playbook has ended
    _requires_connection = False

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        """The task's result for its validated arguments; VesselError fails the task."""
        raise NotImplementedError

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars or {})
        _, given = self.validate_argument_spec(self.ARGUMENTS, required_if=self.REQUIRED_IF)
        if not self.OUTLIVED:
            lifeline.hold()
        os.umask(os.umask(0o022) | 0o022)  # nobody else writes in what a build will trust
        try:
            with refusals_told():
                return {**result, **self.act(given)}
        except VesselError as error:
            # Not AnsibleActionFail, which puts words of its own before the error's.
            return {**result, "failed": True, "msg": str(error)}
