# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cache, whole."""

from __future__ import annotations

from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._flow import cache
from ansible_collections.vessel.image.plugins.plugin_utils.local_action import LocalAction

GIGABYTE = 1_000_000_000


class ActionModule(LocalAction):
    """Looks after the cache."""

    ARGUMENTS = {
        "state": {
            "type": "str",
            "choices": ["described", "verified", "pruned"],
            "default": "described",
        },
        "max_age": {"type": "float", "default": 30},
        "max_size": {"type": "bytes"},
    }
    _supports_check_mode = True

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        check = self._task.check_mode
        removed = carry_out(given["state"], given["max_age"], given["max_size"], check)
        sizes = cache.sizes(cache.items())
        for path in removed:
            report(f"{'would remove' if check else 'removed'} {path}")
        report(f"cache {cache_root()}: {sum(sizes.values()) / GIGABYTE:.1f} GB")
        for kind, number in sizes.items():
            report(f"  {kind}: {number / GIGABYTE:.2f} GB")
        return {"changed": bool(removed), "bytes": sizes, "removed": removed}


def carry_out(state: str, max_age: float, max_size: int | None, check: bool) -> list[str]:
    """Do what `state` says; returns the paths that were removed, or would be."""
    if state == "verified":
        return [str(path) for path in cache.verify(remove_damaged=not check)]
    if state == "pruned":
        pruned = cache.prune(max_age * cache.DAY, max_size, check=check)
        return [str(item.path) for item in pruned]
    return []
