# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: summary
short_description: Say what a build made, how large, how long, and whether it is proved
version_added: 0.1.0
description:
  - Reads the manifest, C(build.json) and the proof of a finished image.
  - Leaves a receipt in the user's cache, by which M(vessel.image.unchanged) sees that nothing has changed.
author: Vessel contributors (@vessel)
options:
  plan_id:
    description: The id that M(vessel.image.plan) returned.
    type: str
    required: true
  output:
    description: The directory of finished images.
    type: path
    required: true
attributes:
  check_mode:
    description: It only reads.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: Summarise what was built
  vessel.image.summary:
    plan_id: "{{ vessel_plan.plan_id }}"
    output: output
"""

RETURN = r"""
summary:
  description: The lines that end a build.
  returned: success
  type: list
  elements: str
"""
