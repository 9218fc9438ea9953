# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: compare
short_description: Say what differs between two images
version_added: 0.1.0
description:
  - Compares packages, components, units, sysctls, files and sizes by C(manifest.json) and C(contents.json) beside the images, which are not opened.
  - Files are compared by type, content, mode, owner, extended attributes and hard links; times are not.
author: Vessel contributors (@vessel)
options:
  old:
    description: The directory of the image before, or a file in it.
    type: path
    required: true
  new:
    description: The directory of the image after, or a file in it.
    type: path
    required: true
  limit:
    description: Entries of each list that are said; V(0) for all. The result has all of them.
    type: int
    default: 10
  report:
    description: A file to which the result is written as JSON.
    type: path
attributes:
  check_mode:
    description: The report is not written.
    support: full
  diff_mode:
    description: The difference is always returned.
    support: none
"""

EXAMPLES = r"""
- name: Say what differs
  vessel.image.compare:
    old: output/wasm-node-before
    new: output/wasm-node

- name: Fail when a package was removed
  vessel.image.compare:
    old: output/wasm-node-before
    new: output/wasm-node
    report: difference.json
  register: compared
  failed_when: compared.diff.packages.removed | length > 0
"""

RETURN = r"""
diff:
  description:
    - What differs, and C(same) when nothing does.
    - C(packages), C(components), C(units), C(sysctls) and C(files) each have C(added), C(removed) and C(changed), by name;
      C(counts) has their numbers and C(sizes) bytes.
    - Names with characters that cannot be printed have escape sequences for them.
  returned: success
  type: dict
  sample:
    same: false
    counts:
      packages: {added: 1, removed: 0, changed: 0}
    packages:
      added: {htop: 3.4.1-5}
      removed: {}
      changed: {}
summary:
  description: The lines that were said.
  returned: success
  type: list
  elements: str
"""
