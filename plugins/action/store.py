# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module store, whole."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._flow.online import fill
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import load
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Fetches and builds."""

    ARGUMENTS = {"plan_id": {"type": "str", "required": True}}
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        if self._task.check_mode:
            return {"changed": False, "made": [], "seconds": 0.0}
        started = time.monotonic()
        made = fill(load(given["plan_id"]))
        seconds = round(time.monotonic() - started, 1)
        return {"changed": False, "made": made, "seconds": seconds}
