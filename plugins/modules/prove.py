# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: prove
short_description: Check an exported image, or a guest that runs on it, and write down the results
version_added: 0.1.0
description:
  - Runs a phase of the proof, or a named list of checks. Phases are listed in C(plugins/module_utils/_proof/phases.py); the
    folders beside it have the checks, each of which says its phase.
  - Results go to C(proof.json), bound to the image's SHA-256, and to C(logs/junit.xml). It says of each run when, where
    and by which Vessel it was made, and keeps failed results after later ones have taken their place.
  - Fails when a check failed, with what was expected, what was found, and the telling lines of
    console, journal and cluster.
author: Vessel contributors (@vessel)
options:
  output:
    description: The directory of the exported image.
    type: path
    required: true
  spec:
    description: The spec of the image; its lock names the toolchain that builds the workloads.
    type: path
    required: true
  root:
    description: The collection's directory, which has C(workloads/).
    type: path
    required: true
  phase:
    description: The phase to run, or the name under which O(checks) are written down.
    type: str
    required: true
  checks:
    description: Checks to run instead of those of the phase, in this order.
    type: list
    elements: str
    default: []
  guest:
    description: The running guest to check; the phase V(image) needs none.
    type: str
  begin:
    description: Begin a new proof, dropping the results of earlier runs. Failed ones are kept as such.
    type: bool
    default: false
  keep:
    description: Whether results are written down.
    type: bool
    default: true
  fresh:
    description: Start the pods of pod checks anew.
    type: bool
    default: false
  patience:
    description: Seconds to wait for node and pods.
    type: int
    default: 420
attributes:
  check_mode:
    description: A check has to be run.
    support: none
  diff_mode:
    description: There is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: The exported files are right
  vessel.image.prove:
    output: output/wasm-node
    spec: specs/wasm-node.yml
    root: "{{ playbook_dir }}"
    phase: image
    begin: true
"""

RETURN = r"""
results:
  description: Every check that was run.
  returned: unless nothing could be checked
  type: list
  elements: dict
  sample: [{name: image.size, passed: true, expected: at most 900 MB, actual: 640 MB}]
"""
