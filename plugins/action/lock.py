# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module lock, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._flow.locking import ensure_lock
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Resolves a spec."""

    ARGUMENTS = {
        "spec": {"type": "path", "required": True},
        "root": {"type": "path", "required": True},
        "update": {"type": "bool", "default": False},
        "allow_older": {"type": "bool", "default": False},
    }
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        spec_file = Path(given["spec"])
        locked = ensure_lock(
            load_spec(spec_file),
            spec_file,
            Path(given["root"]).resolve(),
            update=given["update"],
            check=self._task.check_mode,
            diff=self._task.diff,
            allow_older=given["allow_older"],
        )
        return {
            "changed": locked.changed,
            "path": str(locked.path),
            "why": locked.why,
            "diff": {"prepared": "\n".join([f"lock: {locked.why}", *locked.differences, ""])},
        }
