# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Say which stages a build has, and which of them have to run
version_added: 0.1.0
description:
  - Turns a spec and its lock into stages, each with an id over all that shapes its result.
  - Keeps the plan in the user's cache, where the build's later steps find it by its id.
  - Without a lock that answers the spec there is no plan, and its id reads C((not locked)).
author: Vessel contributors (@vessel)
options:
  spec:
    description: The spec file; its lock lies beside it.
    type: path
    required: true
  root:
    description: The directory of the collection, whose code is part of every stage's id.
    type: path
    required: true
  output:
    description: The directory of finished images; one that is of this plan already need not be built.
    type: path
    required: true
  verify:
    description: Whether an image that is there already is read whole; otherwise the sizes of its files are enough.
    type: bool
    default: false
attributes:
  check_mode:
    description: Prints the plan and keeps nothing.
    support: full
  diff_mode:
    description: Shows the stages and which of them would run.
    support: full
"""

EXAMPLES = r"""
- name: Plan the default spec
  vessel.image.plan:
    spec: specs/wasm-node.yml
    root: "{{ playbook_dir }}"
    output: output
"""

RETURN = r"""
plan_id:
  description: The plan's id, for M(vessel.image.store) and C(packer build).
  returned: success
  type: str
  sample: 3f1c5e0a
built:
  description: Whether the output directory holds the image of this very plan.
  returned: success
  type: bool
  sample: false
stages:
  description: Name, title and id of each stage, whether its result is kept, and if not, why it runs.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "tools", "title": "unpack the pinned tools", "id": "9d0b", "kept": true, "why": ""}]
"""
