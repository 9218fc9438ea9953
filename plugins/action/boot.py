# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module boot, whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._machine import visit
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction


class ActionModule(LocalAction):
    """Boots a guest for a person, or ends it."""

    ARGUMENTS = {
        "state": {"choices": ["present", "absent", "described"], "default": "present"},
        "name": {"type": "str"},
        "output": {"type": "path", "required": True},
        "spec": {"type": "path", "required": True},
        "user": {"type": "str", "default": "vessel"},
        "public_key": {"type": "path"},
        "ports": {"type": "list", "elements": "str", "default": []},
        "ssh_port": {"type": "int", "default": 0},
        "network": {"choices": ["nat", "none"], "default": "nat"},
        "firmware": {"choices": ["uefi", "bios"], "default": "uefi"},
        "accelerator": {"choices": ["auto", "kvm", "tcg"], "default": "auto"},
        "memory": {"type": "int", "default": 4096},
        "cpus": {"type": "int", "default": 2},
        "disk": {"type": "int", "default": 12},
    }
    OUTLIVED = True
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        answer = answer_to(given, check=bool(self._task.check_mode))
        guests = [asdict(running) for running in answer.guests]
        return {"changed": answer.changed, "guests": guests, "summary": list(answer.lines)}


def answer_to(given: dict[str, Any], *, check: bool) -> visit.Answer:
    """Bring the guest to the state that is asked for."""
    asked = dict(given)
    state = asked.pop("state")
    if state == "described":
        return visit.described()
    asked |= {"name": asked["name"] or "", "ports": tuple(asked["ports"])}
    asked |= {key: Path(asked[key]) for key in ("output", "spec", "public_key") if asked[key]}
    wish = visit.Wish(**asked)
    return (visit.absent if state == "absent" else visit.present)(wish, check=check)
