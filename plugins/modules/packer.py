# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: packer
short_description: Build, validate or inspect a Packer template
version_added: 0.1.0
description:
  - Runs Packer on a template and shows what it does while it does it.
  - Variables are never put on a command line.
  - Stands on the Python library C(python-packer), mended where it is broken.
author: Vessel contributors (@vessel)
options:
  command:
    description: What to do; V(build) validates first, which is all it does in check mode.
    type: str
    choices: [build, validate, inspect]
    default: build
  template:
    description: A template file, or a directory of C(*.pkr.hcl) files.
    type: path
    required: true
  variables:
    description: Template variables; they lie in a file for the user's eyes only while Packer runs.
    type: dict
    default: {}
  secrets:
    description: Like O(variables), with their values blanked in all output.
    type: dict
    default: {}
  only:
    description: Build only these sources, for example V(null.tree). Empty means all of them.
    type: list
    elements: str
    default: []
  force:
    description: Let Packer remove what an earlier build left.
    type: bool
    default: false
  timeout:
    description: Seconds after which Packer and all it started are ended.
    type: int
    default: 21600
requirements:
  - Packer 1.6.6 or newer
  - python-packer 0.1.2
attributes:
  check_mode:
    description: Validates the template and builds nothing.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: Build the machine image
  vessel.image.packer:
    template: packer
    variables:
      spec: specs/wasm-node.yml

- name: Validate the template, whatever it needs
  vessel.image.packer:
    command: validate
    template: packer
"""

RETURN = r"""
output:
  description: What Packer showed, line by line, without its own chatter.
  returned: success
  type: list
  elements: str
  sample: ["Packer Inspect: HCL2 mode", "> input-variables:"]
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.vessel.image.plugins.module_utils._common import lifeline
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.progress import report
from ansible_collections.vessel.image.plugins.module_utils._common.refusals import refusals_told
from ansible_collections.vessel.image.plugins.module_utils._packer.rows import (
    Row,
    headline,
    warnings,
)

try:
    from ansible_collections.vessel.image.plugins.module_utils._packer.adapter import (
        Outcome,
        Packer,
    )
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

ARGUMENTS: dict[str, Any] = {
    "command": {"choices": ["build", "validate", "inspect"], "default": "build"},
    "template": {"type": "path", "required": True},
    "variables": {"type": "dict", "default": {}},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "only": {"type": "list", "elements": "str", "default": []},
    "force": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 21600},
}


def show(row: Row) -> None:
    if line := headline(row):
        report(line)


def drive(options: dict[str, Any], check_mode: bool) -> Outcome:
    keys = ("variables", "secrets", "only")
    packer = Packer(Path(options["template"]), on_row=show, **{key: options[key] for key in keys})
    if options["command"] == "inspect":
        return packer.inspect(timeout=options["timeout"])
    if options["command"] == "validate" or check_mode:
        return packer.validate()
    return packer.build(force=options["force"], timeout=options["timeout"])


def main() -> None:
    lifeline.hold()
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    if MISSING:
        module.fail_json(msg=missing_required_lib("python-packer"), exception=str(MISSING))
    command = module.params["command"]
    try:
        with refusals_told():
            outcome = drive(module.params, module.check_mode)
    except VesselError as error:
        module.fail_json(msg=str(error))
    for warning in warnings(list(outcome.rows)):
        module.warn(warning)
    if not outcome.succeeded:
        module.fail_json(msg=f"VES-902: packer {command} failed\n{outcome.tail}")
    module.exit_json(changed=command == "build", output=outcome.shown.splitlines())


if __name__ == "__main__":
    main()
