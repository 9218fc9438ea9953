# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: unchanged
short_description: Say at a glance whether an image is still that of its spec
version_added: 0.1.0
description:
  - Compares the receipt that M(vessel.image.summary) left with spec, lock, code and tools as they are now, byte by byte.
  - Anything that differs, if only a comment, leads to M(vessel.image.plan), which tells what has to run.
  - Runs on the controller.
author: Vessel contributors (@vessel)
options:
  spec:
    description: The spec file; its lock lies beside it.
    type: path
    required: true
  root:
    description: The directory of the collection.
    type: path
    required: true
  output:
    description: The directory of finished images.
    type: path
    required: true
  verify:
    description: Whether the image is read whole; otherwise the sizes of its files are enough.
    type: bool
    default: false
attributes:
  check_mode:
    description: It only reads.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: Look whether there is anything to do
  vessel.image.unchanged:
    spec: specs/wasm-node.yml
    root: "{{ playbook_dir }}"
    output: output
  register: vessel_receipt
"""

RETURN = r"""
unchanged:
  description: Whether the image is there and nothing has changed since it was built.
  returned: success
  type: bool
summary:
  description: The lines that end a build, when it is unchanged.
  returned: success
  type: list
  elements: str
"""
