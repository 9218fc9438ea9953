# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Write report.html, an image as a page
version_added: 0.1.0
description:
  - Renders C(manifest.json), C(contents.json), C(build.json) and C(proof.json) of one image as C(report.html) beside them.
  - A build ends with it; after a proof it is written anew.
  - The page is one file. It needs no JavaScript and no other resource.
author: Vessel contributors (@vessel)
options:
  output:
    description: The directory of the image.
    type: path
    required: true
attributes:
  check_mode:
    description: It does nothing but write the page.
    support: none
  diff_mode:
    description: There is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: Write the page anew
  vessel.image.report:
    output: output/wasm-node
"""

RETURN = r"""
path:
  description: The page.
  returned: success
  type: str
  sample: output/wasm-node/report.html
"""
