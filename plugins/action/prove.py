# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module prove, whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._proof.prove import (
    Request,
    failure,
    prove,
)
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Runs checks."""

    ARGUMENTS = {
        "output": {"type": "path", "required": True},
        "spec": {"type": "path", "required": True},
        "root": {"type": "path", "required": True},
        "phase": {"type": "str", "required": True},
        "checks": {"type": "list", "elements": "str", "default": []},
        "guest": {"type": "str"},
        "begin": {"type": "bool", "default": False},
        "keep": {"type": "bool", "default": True},
        "fresh": {"type": "bool", "default": False},
        "patience": {"type": "int", "default": 420},
    }
    _supports_check_mode = False

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        paths = {name: Path(given[name]) for name in ("output", "spec", "root")}
        guest = given.pop("guest")
        results = prove(Request(**{**given, **paths}, guests=[guest] if guest else []))
        listed = [{**asdict(result), "lines": list(result.lines)} for result in results]
        failed = failure(results)
        told = {"failed": True, "msg": failed} if failed else {}
        return {"changed": False, "results": listed, **told}
