# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lock
short_description: Resolve every name of a spec to a version and a digest
version_added: 0.1.0
description:
  - Writes the lock file beside the spec, C(wasm-node.yml) to C(wasm-node.lock.yml).
  - Debian packages are resolved by apt itself through its own signature checks, Go modules through the Go checksum database.
  - Does nothing, and uses no network, when the lock already answers the spec.
author: Vessel contributors (@vessel)
options:
  spec:
    description: The spec file.
    type: path
    required: true
  root:
    description: The directory of the collection, whose code is part of every stage's id.
    type: path
    required: true
  update:
    description: Resolve everything again, to the newest versions that the spec allows.
    type: bool
    default: false
  allow_older:
    description: Whether package archives may be older than they were when the spec was last locked. Packages may then go back.
    type: bool
    default: false
attributes:
  check_mode:
    description: Says whether the spec would be resolved, and why. Nothing is written.
    support: full
  diff_mode:
    description:
      - Shows the reason, and every package, tool, program, image, file and other value that comes, goes or changes against the last lock.
      - In check mode, too; then the spec is resolved, and the network used, to know them.
    support: full
"""

EXAMPLES = r"""
- name: Lock the default spec
  vessel.image.lock:
    spec: specs/wasm-node.yml
    root: "{{ playbook_dir }}"
"""

RETURN = r"""
path:
  description: The lock file.
  returned: success
  type: str
  sample: specs/wasm-node.lock.yml
why:
  description: Why the spec was resolved, or was not.
  returned: success
  type: str
  sample: the lock answers the spec
"""
