#!/usr/bin/python
# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lay down a role's whole share of a machine at once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: contents
short_description: Lay down a role's whole share of a machine at once
version_added: 0.1.0
author: Vessel contributors (@vessel)
description:
  - Lays down files, large binaries, directories and symbolic links, and removes paths, in one task.
  - Everything is compared first; check mode and diff show that comparison. Owner and group are
    those of the account that runs the task, root in a machine.
  - It only changes files. It never starts, stops or reads anything that runs.
options:
  overlay:
    description:
      - Name of a directory below the role's C(templates). Each file below it is laid down at the
        same path below V(/). One whose name ends in C(.j2) is a Jinja2 template and loses that
        ending.
      - A file that is executable in the role gets mode 0755, any other 0644, unless O(modes) names
        it. Symbolic links in the directory are refused.
    type: str
  modes:
    description: Modes, by path, of files from O(overlay) that need another one, such as V("0600").
    type: dict
    default: {}
  files:
    description: Files, by their content or by a file on the controller.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path.
        type: str
        required: true
      content:
        description: The text.
        type: str
      src:
        description:
          - The path of a file on the controller, instead of O(files[].content). Its digest is taken
            there and has to hold in the machine.
        type: str
      sha256:
        description: The digest of O(files[].src). It is taken on the controller, not given.
        type: str
      mode:
        description: Permission bits in octal.
        type: str
        default: "0644"
  binaries:
    description:
      - Programs that lie on the controller, by the directory they go to. Each value is a dictionary
        of file names with paths on the controller. They get mode 0755.
      - The digest of each is taken on the controller and has to hold in the machine.
    type: dict
    default: {}
  directories:
    description: Directories, each with its mode.
    type: dict
    default: {}
  made:
    description:
      - Directories that are made where they are missing, each with its mode. One that is there
        already keeps its mode and its owner, whatever O(owners) says.
    type: dict
    default: {}
  owners:
    description: Owners, by path, as V(user:group) in names that the machine knows.
    type: dict
    default: {}
  links:
    description: Symbolic links, each with its target.
    type: dict
    default: {}
  absent:
    description: Paths or shell patterns that are removed with everything below them.
    type: list
    elements: str
    default: []
  emptied:
    description: Directories that lose every file below them but keep their directories.
    type: list
    elements: str
    default: []
  kept:
    description: Paths that neither O(absent) nor O(emptied) takes away. Of a directory it is the
      directory itself, not what else lies in it.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Can run in check mode and return changed status without changing anything.
    support: full
  diff_mode:
    description: Returns what changes when in diff mode.
    support: full
  action:
    description: Has an action plugin that runs on the controller.
    support: full
  platform:
    description: Runs on any POSIX system with Python 3.11 or later.
    support: full
    platforms: posix
"""

EXAMPLES = r"""
- name: Lay down a service
  vessel.image.contents:
    overlay: rootfs
    modes:
      /etc/example/key: "0600"
    binaries:
      /usr/local/bin:
        example: "{{ role_path }}/files/example"
    links:
      /etc/systemd/system/man-db.timer: /dev/null
    absent:
      - /etc/ssh/ssh_host_*

- name: Lay down a file that a group reads
  vessel.image.contents:
    files:
      - path: /etc/example/secret
        content: "of the group\n"
        mode: "0640"
    owners:
      /etc/example/secret: root:adm
"""

RETURN = r"""
paths:
  description: The paths that changed, in the order of the changes.
  returned: success
  type: list
  elements: str
  sample: [/etc/hosts]
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._common.refusals import (
    refusals_told,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import contents

FILE = {
    "path": {"type": "str", "required": True},
    "content": {"type": "str"},
    "src": {"type": "str"},
    "sha256": {"type": "str"},  # of `src`, from the action plugin
    "mode": {"type": "str", "default": "0644"},
}
ARGUMENTS = {
    "overlay": {"type": "str"},
    "modes": {"type": "dict", "default": {}},
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": FILE,
        "mutually_exclusive": [("content", "src")],
        "required_one_of": [("content", "src")],
    },
    "binaries": {"type": "dict", "default": {}},
    "directories": {"type": "dict", "default": {}},
    "made": {"type": "dict", "default": {}},
    "owners": {"type": "dict", "default": {}},
    "links": {"type": "dict", "default": {}},
    "absent": {"type": "list", "elements": "str", "default": []},
    "emptied": {"type": "list", "elements": "str", "default": []},
    "kept": {"type": "list", "elements": "str", "default": []},
}


def wanted(params: dict) -> contents.Contents:
    """The module's parameters as a value of the library."""
    return contents.Contents(
        files=tuple(
            contents.File(f["path"], f["content"].encode(), int(f["mode"], 8))
            for f in params["files"]
            if f["src"] is None
        ),
        blobs=(
            *(
                contents.Blob(f["path"], Path(f["src"]), f["sha256"], int(f["mode"], 8))
                for f in params["files"]
                if f["src"] is not None
            ),
            *(
                contents.Blob(f"{directory}/{name}", Path(given["src"]), given["sha256"])
                for directory, programs in params["binaries"].items()
                for name, given in programs.items()
            ),
        ),
        directories=tuple((path, int(mode, 8)) for path, mode in params["directories"].items()),
        made=tuple((path, int(mode, 8)) for path, mode in params["made"].items()),
        links=tuple(params["links"].items()),
        absent=tuple(params["absent"]),
        emptied=tuple(params["emptied"]),
        kept=tuple(params["kept"]),
        owners=tuple(params["owners"].items()),
    )


def main() -> None:
    """Compare, apply unless in check mode, and report."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    root = Path("/")
    try:
        with refusals_told():
            steps = contents.plan(root, wanted(module.params))
            diff = contents.diff(root, steps) if module._diff else []
            if not module.check_mode:
                contents.apply(root, steps)
    except VesselError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(steps), paths=[step.path for step in steps], diff=diff)


if __name__ == "__main__":
    main()
