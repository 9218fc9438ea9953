# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: machine
short_description: Make a machine image, before, between and after the roles
version_added: 0.1.0
description:
  - Runs the offline stages of a build, each unless its result is kept in the user's cache under the stage's id.
  - Packer runs these tasks in an empty network namespace, from C(playbooks/machine.yml).
author: Vessel contributors (@vessel)
options:
  phase:
    description:
      - V(begin) installs the packages, preloads the images and opens the node's tree, for the node's roles to fill.
      - V(seal) keeps that tree and opens the one to be sealed.
      - V(finish) keeps that one, makes the disk and exports the image.
    type: str
    required: true
    choices: [begin, seal, finish]
  plan_id:
    description: The id that M(vessel.image.plan) returned.
    type: str
    required: true
  tree:
    description: The tree that the phase before returned; without one that stage's result is kept already.
    type: path
  output:
    description: The directory of finished images.
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
- name: Install the locked packages and open the node's tree
  vessel.image.machine:
    phase: begin
    plan_id: "{{ vessel_plan_id }}"
  register: vessel_node

- name: Keep the node, open the tree to be sealed
  vessel.image.machine:
    phase: seal
    plan_id: "{{ vessel_plan_id }}"
    tree: "{{ vessel_node.tree }}"
  register: vessel_sealed

- name: Make the disk and export the image
  vessel.image.machine:
    phase: finish
    plan_id: "{{ vessel_plan_id }}"
    tree: "{{ vessel_sealed.tree }}"
    output: output
"""

RETURN = r"""
tree:
  description: The tree that roles are to fill; empty when the stage's result is kept.
  returned: when O(phase=begin) or O(phase=seal)
  type: str
variables:
  description: The variables of the roles.
  returned: when O(phase=begin)
  type: dict
"""
