# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stage
short_description: Run one offline stage of a build
version_added: 0.1.0
description:
  - Runs the stage unless its result is kept in the user's cache under the stage's id.
  - Packer runs these tasks in an empty network namespace, from C(playbooks/machine.yml).
author: Vessel contributors (@vessel)
options:
  name:
    description: The stage.
    type: str
    required: true
    choices: [packages, node, preload, disk, export]
  phase:
    description:
      - The V(node) stage is filled by a play of its own; V(open) begins it and V(close) keeps its result.
    type: str
    choices: [open, close]
  plan_id:
    description: The id that M(vessel.image.plan) returned.
    type: str
    required: true
  tree:
    description: The tree that O(phase=open) returned; needed by O(phase=close).
    type: path
  output:
    description: The directory of finished images; needed by O(name=export).
    type: path
attributes:
  check_mode:
    description: The whole build is planned by M(vessel.image.plan) instead.
    support: none
  diff_mode:
    description: A stage's result is a cache entry; there is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: Install the locked packages
  vessel.image.stage:
    name: packages
    plan_id: "{{ vessel_plan_id }}"

- name: Open the node's tree
  vessel.image.stage:
    name: node
    phase: open
    plan_id: "{{ vessel_plan_id }}"
"""

RETURN = r"""
stage_id:
  description: The id that names the stage's result.
  returned: success
  type: str
  sample: 9d0b
tree:
  description: The tree that the node's roles are to fill.
  returned: when O(phase=open) and the result is not kept
  type: str
variables:
  description: The variables of the node's roles.
  returned: when O(phase=open) and the result is not kept
  type: dict
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._common.errors import VesselError
from ..module_utils._flow.stages import Outcome, close_node, open_node, run_stage
from ..module_utils._plan.plan import load


def run(params: dict) -> Outcome:
    """One call into the library for what the task asks."""
    plan = load(params["plan_id"])
    if params["phase"] == "open":
        return open_node(plan)
    if params["phase"] == "close":
        return close_node(plan, Path(params["tree"]))
    return run_stage(plan, params["name"], Path(params["output"] or "output"))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {
                "type": "str",
                "required": True,
                "choices": ["packages", "node", "preload", "disk", "export"],
            },
            "phase": {"type": "str", "choices": ["open", "close"]},
            "plan_id": {"type": "str", "required": True},
            "tree": {"type": "path"},
            "output": {"type": "path"},
        },
        required_if=[
            ("name", "node", ("phase",)),
            ("name", "export", ("output",)),
            ("phase", "close", ("tree",)),
        ],
    )
    try:
        outcome = run(module.params)
    except VesselError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=outcome.changed,
        stage_id=outcome.stage_id,
        tree=outcome.tree,
        variables=dict(outcome.variables),
    )


if __name__ == "__main__":
    main()
