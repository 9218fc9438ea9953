"""Ansible packs a module with what it imports by name, and with nothing that is found otherwise."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._plan.code import digests

FINDS = "plugins/module_utils/_kinds/members.py"  # what looks into a folder


def test_a_module_needs_no_file_that_is_found_by_its_folder(root: Path) -> None:
    lost = [
        path.name
        for path in sorted((root / "plugins/modules").glob("*.py"))
        if FINDS in digests(root, [path.relative_to(root).as_posix()])
    ]
    assert lost == [], "make them action plugins, which run where the folders are"


def test_an_action_plugin_is_where_they_are(root: Path) -> None:
    assert FINDS in digests(root, ["plugins/action/cache.py"])
