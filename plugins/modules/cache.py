# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cache
short_description: Say how large Vessel's cache is, verify it, or make it smaller
version_added: 0.1.0
description:
  - The cache is C($VESSEL_CACHE), or C(vessel) below the user's cache directory.
  - Nothing in it is needed for a correct result; what was removed is made or fetched again by the next build.
author: Vessel contributors (@vessel)
options:
  state:
    description:
      - V(described) says how large its parts are.
      - V(verified) reads every file of the store and removes those whose bytes are not what their name says.
      - V(pruned) removes what was not used for O(max_age) days, then the longest unused until O(max_size) is reached; it waits for builds that run.
    type: str
    choices: [described, verified, pruned]
    default: described
  max_age:
    description: Days without use after which something is pruned.
    type: float
    default: 30
  max_size:
    description:
      - Bytes to which the whole cache is pruned, with a unit if you like, as in V(10G); without it only age counts.
    type: bytes
attributes:
  check_mode:
    description: Nothing is removed; the result says what would be.
    support: full
  diff_mode:
    description: There is no difference to show beyond what is returned.
    support: none
"""

EXAMPLES = r"""
- name: Say how large the cache is
  vessel.image.cache:

- name: Keep what the last two weeks used, ten gibibytes of it at most
  vessel.image.cache:
    state: pruned
    max_age: 14
    max_size: 10G
"""

RETURN = r"""
bytes:
  description: What each part of the cache takes on disk, at the end.
  returned: success
  type: dict
  sample: {"store": 930000000, "stages": 3300000000}
removed:
  description: What was removed, or would be in check mode.
  returned: success
  type: list
  elements: str
"""
