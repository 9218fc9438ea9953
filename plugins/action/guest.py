# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module guest, whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._export.exported import read_bootable
from ansible_collections.vessel.image.plugins.module_utils._machine import (
    ending,
    guest,
    starting,
)
from ansible_collections.vessel.image.plugins.module_utils._machine.buses import BUSES
from ansible_collections.vessel.image.plugins.module_utils._machine.buses import DEFAULT as VIRTIO
from ansible_collections.vessel.image.plugins.module_utils._machine.cards import (
    DRIVERS,
    PLAIN,
    Card,
)
from ansible_collections.vessel.image.plugins.module_utils._machine.seed import Given
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction

CARD: dict[str, Any] = {
    "network": {"type": "str", "required": True},
    "mac": {"type": "str", "default": ""},
    "driver": {"choices": list(DRIVERS), "default": PLAIN},
}


class ActionModule(LocalAction):
    """Brings a guest to the state that is asked for."""

    ARGUMENTS = {
        "name": {"type": "str", "required": True},
        "state": {
            "type": "str",
            "choices": ["booted", "running", "rebooted", "absent"],
            "default": "booted",
        },
        "script": {"type": "str"},
        "output": {"type": "path"},
        "logs": {"type": "path"},
        "firmware": {"type": "str", "choices": ["uefi", "bios"], "default": "uefi"},
        "until": {"type": "str", "choices": ["ssh", "login"], "default": "ssh"},
        "accelerator": {"type": "str", "choices": ["auto", "kvm", "tcg"], "default": "auto"},
        "memory": {"type": "int", "default": 4096},
        "cpus": {"type": "int", "default": 2},
        "disk": {"type": "int", "default": 12},
        "disks": {"type": "list", "elements": "int", "default": []},
        "user_data": {"type": "dict", "default": {}},
        "meta_data": {"type": "dict", "default": {}},
        "cards": {"type": "list", "elements": "dict", "options": CARD, "default": []},
        "network_data": {"type": "dict"},
        "uuid": {"type": "str", "default": ""},
        "bus": {"type": "str", "choices": list(BUSES), "default": VIRTIO},
        "driver": {"type": "str", "choices": list(DRIVERS), "default": PLAIN},
    }
    REQUIRED_IF = [("state", "booted", ("output",)), ("state", "running", ("script",))]
    OUTLIVED = True
    _supports_check_mode = False

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        name = given["name"]
        if given["state"] == "absent":
            return {"changed": ending.end(name)}
        if given["state"] == "booted":
            return {"changed": True, "guest": asdict(boot(given))}
        running = guest.need(name)
        if given["state"] == "rebooted":
            return {"changed": True, "guest": asdict(starting.reboot(running))}
        said = running.ssh.run(given["script"], timeout=300).stdout
        return {"changed": True, "guest": asdict(running), "stdout": said}


def boot(given: dict[str, Any]) -> guest.Guest:
    """Start the guest that the arguments describe."""
    exported = read_bootable(Path(given["output"]))
    wanted = starting.Wanted(
        image=exported.image,
        logs=Path(given["logs"]) if given["logs"] else exported.logs,
        firmware=given["firmware"],
        memory_mib=given["memory"],
        cpus=given["cpus"],
        disk_gib=given["disk"],
        ssh=given["until"] == "ssh",
        given=Given(given["user_data"], given["meta_data"], given["network_data"]),
        disks_gib=tuple(given["disks"]),
        cards=tuple(Card(**card) for card in given["cards"]),
        uuid=given["uuid"],
        bus=given["bus"],
        driver=given["driver"],
    )
    return starting.boot(given["name"], wanted, given["accelerator"])
