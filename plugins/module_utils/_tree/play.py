"""An Ansible play that fills a tree: the only place where a stage starts Ansible.

The play is one of this project's, and it is told everything in one file of variables, whose texts
are never taken for templates: what a user wrote in a spec is laid down as it stands.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.run import run, tail
from .._common.scratch import scratch
from .mounts import unmount

HOST = "tree"
TIMEOUT = 4 * 3600.0
# Ansible's own word, in JSON, for a text that is no template. YAML's `!unsafe` would take one such
# as 0644 for a number, quoted or not.
UNSAFE = "__ansible_unsafe"


def play(root: Path, playbook: str, tree: Path, variables: Mapping[str, Any], epoch: int) -> None:
    """Run `playbook`, a file below the collection in `root`, on the directory `tree`.

    `epoch` (seconds) is the time that tools in the tree take for now. Raises VES-543 when the play
    fails, and what mounting raises outside of the sandbox.
    """
    host = {
        "ansible_connection": "vessel.image.tree",
        "ansible_host": str(tree),
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    with scratch("play") as place:
        inventory, file = place / "inventory.json", place / "variables.json"
        inventory.write_text(json.dumps({"node": {"hosts": {HOST: host}}}))
        given = {**variables, "vessel_source_date_epoch": epoch}
        file.write_text(json.dumps(_told(given)))
        try:
            result = run(
                [*(sys.executable, "-m", "ansible", "playbook"), root / playbook,
                 "--inventory", inventory, "--extra-vars", f"@{file}"],
                env={"ANSIBLE_CONFIG": str(root / "ansible.cfg")},
                cwd=root,
                timeout=TIMEOUT,
                check=False,
                what=f"the play {playbook}",
            )  # fmt: skip
        finally:
            unmount(tree)
    if result.status != 0:
        raise VesselError.of(
            "VES-543",
            f"the play {playbook} failed in the tree",
            f"Mend what its task says.\n{tail(result)}",
        )
    # What Ansible warns of, for whoever watches this process.
    os.write(sys.stderr.fileno(), result.stderr.encode())


def _told(value: Any) -> Any:
    if isinstance(value, str | Path):
        return {UNSAFE: str(value)}
    if isinstance(value, Mapping):
        return {str(key): _told(each) for key, each in value.items()}
    return [_told(each) for each in value] if isinstance(value, list | tuple) else value
