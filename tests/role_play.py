"""Roles and plays of the collection on a tree, by the real ansible-playbook in the sandbox of a
build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SANDBOX = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts"]
SANDBOX += ["--fork", "--kill-child", "--mount-proc"]


def apply_role(
    role: str, tree: Path, variables: Mapping[str, Any]
) -> subprocess.CompletedProcess[str]:
    """Apply `role` to `tree`; inventory and play lie beside it. The status is the play's."""
    play = [{"hosts": "node", "gather_facts": False, "roles": [f"vessel.image.{role}"]}]
    file = tree.parent / "play.yml"
    file.write_text(json.dumps(play))
    return run_plays([file], tree, variables)


def run_plays(
    playbooks: Sequence[Path | str], tree: Path, variables: Mapping[str, Any]
) -> subprocess.CompletedProcess[str]:
    """Run `playbooks`, named from the project's root, on `tree`; the inventory lies beside it."""
    node = {"ansible_connection": "vessel.image.tree", "ansible_host": str(tree), **variables}
    inventory = tree.parent / "inventory.json"
    inventory.write_text(json.dumps({"node": {"hosts": {"tree": node}}}))
    playbook = Path(sys.executable).parent / "ansible-playbook"
    return subprocess.run(
        [*SANDBOX, playbook, "-i", inventory, *playbooks],
        cwd=ROOT,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "VESSEL_OUTSIDE": os.readlink("/proc/self/ns/mnt"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
