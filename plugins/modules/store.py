# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: store
short_description: Fetch, verify and build all that a plan needs
version_added: 0.1.0
description:
  - Fetches the locked Debian packages and Go modules, checks every digest, and builds the Go programs that the lock names.
  - This is the last step that uses the network.
author: Vessel contributors (@vessel)
options:
  plan_id:
    description: The id that M(vessel.image.plan) returned.
    type: str
    required: true
attributes:
  check_mode:
    description: Fetches and builds nothing.
    support: full
  diff_mode:
    description: The store is a cache; there is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: Fill the store
  vessel.image.store:
    plan_id: "{{ vessel_plan.plan_id }}"
"""

RETURN = r"""
made:
  description: The names of the stages that were made, such as the programs that were built.
  returned: success
  type: list
  elements: str
  sample: [tools, toolchain, kubernetes]
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 12.5
"""
